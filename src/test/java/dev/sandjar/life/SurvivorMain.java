package dev.sandjar.life;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A host whose launcher or supervisor dies at one step after the other, from the first to the last. Arguments: victim,
 * kind, first step, distance to the next. Prints a line for each, and "FAILED" with what was wrong.
 */
final class SurvivorMain {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** No story has as many steps. */
    private static final int MOST_STEPS = 500;

    private SurvivorMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Subreaper.set(true);
        String victim = arguments[0];
        Sandbox sandbox = Kind.valueOf(arguments[1]).sandbox();
        int last = countSteps(sandbox);
        System.out.println("steps " + last);
        List<String> mounts = mounts();
        for (int step = Integer.parseInt(arguments[2]); step < last; step += Integer.parseInt(arguments[3])) {
            long begin = System.nanoTime();
            String problem = attempt(victim, sandbox, step);
            if (problem.isEmpty() && !mounts.equals(mounts())) {
                problem = "mounts are left";
            }
            System.out.println((problem.isEmpty() ? "ok " : "FAILED ") + victim + " " + arguments[1] + " " + step + " "
                    + (System.nanoTime() - begin) / 1_000_000 + " ms " + problem);
        }
        System.out.println("end");
        System.exit(0);
    }

    /** The launcher survives the whole story exactly if the step is past the end. Doubling, then halving, finds that step. */
    private static int countSteps(Sandbox sandbox) throws IOException, InterruptedException {
        int low = 0;
        int high = 64;
        while (dies(sandbox, high)) {
            low = high;
            high *= 2;
            if (high > MOST_STEPS) {
                throw new AssertionError("a story without an end");
            }
        }
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (dies(sandbox, middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private static boolean dies(Sandbox sandbox, int step) throws IOException, InterruptedException {
        fresh(step + ":launcher");
        return !Story.endsWell(Story.tell(sandbox));
    }

    private static String attempt(String victim, Sandbox sandbox, int step) throws IOException, InterruptedException {
        fresh(step + ":" + victim);
        String end = Story.tell(sandbox);
        System.clearProperty("sandjar.fault");
        if (end.contains("HANGS")) {
            return end;
        }
        if (victim.equals("launcher")
                && end.equals("DESTROYED")
                && current() > 0
                && ProcessHandle.of(current()).isEmpty()) {
            return "the launcher is gone, but nothing was lost";
        }
        // Whatever was hit, the next start works.
        try {
            RunResult next = sandbox.run("echo", "again");
            if (!next.stdout().equals("again\n")) {
                return end + "; the next start gave " + next;
            }
        } catch (IOException e) {
            return end + "; the next start failed: " + e;
        }
        Launcher.get().trim(); // templates stay for a while on purpose
        long launcher = Launcher.get().pid();
        if (!Await.within(
                PATIENCE,
                () -> Subreaper.strangers(Set.of(launcher)).isEmpty()
                        && ProcessHandle.of(launcher).stream()
                                .flatMap(ProcessHandle::children)
                                .findAny()
                                .isEmpty())) {
            return end + "; left: " + Subreaper.strangers(Set.of())
                    + ProcessHandle.current()
                            .descendants()
                            .map(ProcessHandle::info)
                            .toList();
        }
        return "";
    }

    private static long current() throws IOException {
        return Launcher.get().pid();
    }

    /** Ends the launcher, and has the next one die as told. */
    private static void fresh(String fault) throws IOException {
        long old = Launcher.get().pid();
        System.setProperty("sandjar.fault", fault);
        ProcessHandle.of(old).ifPresent(ProcessHandle::destroyForcibly);
        Await.within(PATIENCE, () -> ProcessHandle.of(old).isEmpty());
        Await.within(PATIENCE, () -> isRenewed(old));
    }

    private static boolean isRenewed(long old) {
        try {
            return Launcher.get().pid() != old;
        } catch (IOException e) {
            return true; // it was hit at its first step
        }
    }

    private static List<String> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1);
    }
}
