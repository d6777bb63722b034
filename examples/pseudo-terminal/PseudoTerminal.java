import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A shell on a terminal: a scripted session, or one at the keyboard with {@code --interactive}. */
public final class PseudoTerminal {
    private static final String CONTROL_C = "\003";
    private static final String CONTROL_Z = "\032";

    private final SandboxProcess shell;
    private final StringBuilder unread = new StringBuilder();

    private PseudoTerminal(SandboxProcess shell) {
        this.shell = shell;
    }

    public static void main(String[] args) throws Exception {
        Command bash = Command.of("/bin/bash", "--norc").env("PS1", "\\u@\\h \\w$ ");
        Sandbox sandbox = Sandbox.untrusted().build();
        if (List.of(args).contains("--interactive")) {
            Keyboard.session(sandbox, bash.env("TERM", "xterm"));
            return;
        }
        try (SandboxProcess shell = sandbox.start(bash.env("TERM", "dumb").pty(24, 80))) {
            new PseudoTerminal(shell).script();
        }
    }

    private void script() throws IOException, InterruptedException {
        type("tty");
        expect("/dev/pts/0");
        type("stty size");
        expect("24 80");

        shell.resize(50, 132);
        type("stty size");
        expect("50 132");

        // The keys for signals and job control work, because the terminal belongs to the session of the shell.
        String program = "bash -c 'echo it has begun; exec sleep 600'";
        type(program);
        expect("it has begun");
        send(CONTROL_C);
        type("echo status $?");
        expect("status 130");
        type(program);
        expect("it has begun");
        send(CONTROL_Z);
        expect("Stopped");
        // What the shell leaves behind ends with it.
        type("disown %1; exit 7");
        while (read()) {}
        Verdict verdict = shell.waitForReport().verdict();
        System.out.println("\n\n" + verdict + " with " + shell.exitValue());
        System.exit(verdict == Verdict.EXITED && shell.exitValue() == 7 ? 0 : 1);
    }

    private void type(String line) throws IOException {
        expect("sandbox@sandbox ~$ ");
        send(line + "\n");
        // The terminal echoes it.
        expect(line);
    }

    private void send(String text) throws IOException {
        shell.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        shell.getOutputStream().flush();
    }

    private void expect(String text) throws IOException {
        int at;
        while ((at = unread.indexOf(text)) < 0) {
            if (!read()) {
                System.out.println("\nNOT AS EXPECTED: the end came before: " + text);
                System.exit(1);
            }
        }
        unread.delete(0, at + text.length());
    }

    /** Copies what the terminal has to the standard output; false at its end. */
    private boolean read() throws IOException {
        byte[] bytes = new byte[4096];
        int n = shell.getInputStream().read(bytes);
        if (n > 0) {
            System.out.write(bytes, 0, n);
            System.out.flush();
            unread.append(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
        }
        return n > 0;
    }
}
