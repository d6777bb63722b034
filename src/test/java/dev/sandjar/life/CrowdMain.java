package dev.sandjar.life;

import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A host with twenty sandboxes that start, run and end at the same time. Arguments: victim, seed, rounds. As "jvm" it goes on until it
 * is killed; otherwise it kills its launcher, or a supervisor, at a random moment of each round, and looks at what comes of it.
 */
final class CrowdMain {
    private static final int CROWD = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private CrowdMain() {}

    public static void main(String[] arguments) throws Exception {
        String victim = arguments[0];
        Random random = new Random(Long.parseLong(arguments[1]));
        int rounds = victim.equals("jvm") ? Integer.MAX_VALUE : Integer.parseInt(arguments[2]);
        Kind.PLAIN.sandbox().run("true");
        System.out.println("ready");
        Subreaper.set(!victim.equals("jvm"));
        ExecutorService pool = Executors.newFixedThreadPool(CROWD);
        for (int round = 0; round < rounds; round++) {
            List<Future<Verdict>> crowd = new ArrayList<>();
            for (int i = 0; i < CROWD; i++) {
                crowd.add(pool.submit(member(Kind.values()[i % 3], i)));
            }
            if (!victim.equals("jvm")) {
                LockSupport.parkNanos(random.nextInt(60_000_000));
                kill(victim, random);
            }
            for (Future<Verdict> member : crowd) {
                member.get(60, TimeUnit.SECONDS);
            }
            if (!victim.equals("jvm")) {
                check(round);
            }
        }
        System.out.println("end");
        System.exit(0);
    }

    /** Ends by itself, by being closed, or by what happens to the launcher. */
    private static Callable<Verdict> member(Kind kind, int i) {
        return () -> {
            try (SandboxProcess process = kind.sandbox().start("sh", "-c", "sleep 1000 & sleep 0.03; exit 3")) {
                if (i % 4 == 0) {
                    process.destroy();
                }
                return process.waitForReport().verdict();
            } catch (IOException e) {
                return Verdict.LOST;
            }
        };
    }

    private static void kill(String victim, Random random) throws IOException {
        ProcessHandle launcher = ProcessHandle.of(Launcher.get().pid()).orElse(null);
        if (launcher == null) {
            return;
        }
        List<ProcessHandle> supervisors = launcher.children().toList();
        if (victim.equals("launcher")) {
            launcher.destroyForcibly();
        } else if (!supervisors.isEmpty()) {
            supervisors.get(random.nextInt(supervisors.size())).destroyForcibly();
        }
    }

    private static void check(int round) throws IOException, InterruptedException {
        String again = Kind.UNTRUSTED.sandbox().run("echo", "again").stdout();
        if (!again.equals("again\n")) {
            throw new AssertionError("round " + round + ": the next start gave " + again);
        }
        ProcessHandle launcher = ProcessHandle.of(Launcher.get().pid()).orElseThrow();
        Set<Long> known = Set.of(launcher.pid());
        if (!Await.within(
                PATIENCE,
                () -> Subreaper.strangers(known).isEmpty()
                        && launcher.children().findAny().isEmpty())) {
            throw new AssertionError(
                    "round " + round + " left " + Subreaper.strangers(known) + " and below the launcher "
                            + launcher.descendants().map(ProcessHandle::info).toList());
        }
    }
}
