package dev.sandjar.attack;

import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a program meets that runs untrusted code on a host without any namespace to give. Each line is one answer. */
final class WithoutNamespacesMain {
    private WithoutNamespacesMain() {}

    /** Arguments: a directory of its own, with a file "given" in it. */
    public static void main(String[] args) throws Exception {
        try {
            Sandbox.untrusted().build().run("true");
            System.out.println("strict ran");
        } catch (UnsupportedIsolationException e) {
            System.out.println("strict refused");
        }
        Path given = Path.of(args[0]);
        Sandbox sandbox = Sandbox.untrusted()
                .allowDegraded(Isolation.values())
                .bind(given, given.toString())
                .build();
        RunResult result = sandbox.run(
                "sh", "-c", "cat " + given + "/given; echo made > " + given + "/new && cat " + given + "/new");
        System.out.println("files " + result.stdout().replace('\n', ' ').strip() + result.stderr());
        RunResult threads = sandbox.run("sh", "-c", "echo a | cat; ls /usr >/dev/null && echo usr");
        System.out.println("programs " + threads.stdout().replace('\n', ' ').strip() + threads.stderr());
        String applied = result.report().applied().entries().toString();
        System.out.println("says " + applied.contains("landlock_restrict_self") + " " + applied.contains("seccomp(2)")
                + " " + applied.contains("DEGRADED"));
        RunResult limits = sandbox.run("sh", "-c", "ulimit -n && (ulimit -t 5; ulimit -t)");
        System.out.println("limits " + limits.stdout().replace('\n', ' ').strip() + limits.stderr());
        Path kept = Files.createFile(
                Files.createDirectory(given.resolveSibling("only-read")).resolve("kept"));
        FileAttacks files = new FileAttacks(
                kept,
                Sandbox.untrusted()
                        .allowDegraded(Isolation.values())
                        .bindReadOnly(kept, kept.toString())
                        .build());
        if (FileAttacks.canBeTried()) {
            System.out.println(files.truncation());
            System.out.println(files.flags());
        }
        Attestation attestation = sandbox.verify();
        for (Attestation.Result r : attestation.results()) {
            if (r.grade() != Grade.CONTAINED) {
                System.out.println(r.grade() + " " + r.name() + " " + r.reason());
            }
        }
        System.out.println("contained " + attestation.results(Grade.CONTAINED).size());
        System.exit(0);
    }
}
