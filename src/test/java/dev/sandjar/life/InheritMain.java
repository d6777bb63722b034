package dev.sandjar.life;

import dev.sandjar.Command;
import dev.sandjar.SandboxProcess;
import java.lang.ProcessBuilder.Redirect;

/** Gives a sandboxed program its own three standard streams. */
final class InheritMain {
    private InheritMain() {}

    public static void main(String[] arguments) throws Exception {
        Command command = Command.of("sh", "-c", "while read line; do echo \"out $line\"; echo \"err $line\" >&2; done")
                .stdin(Redirect.INHERIT)
                .stdout(Redirect.INHERIT)
                .stderr(Redirect.INHERIT);
        try (SandboxProcess process = Kind.UNTRUSTED.sandbox().start(command)) {
            System.exit(process.waitFor());
        }
    }
}
