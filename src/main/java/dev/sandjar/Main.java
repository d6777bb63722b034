package dev.sandjar;

import dev.sandjar.internal.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * The command line of the jar: {@code java -jar sandjar.jar doctor} says what this machine can give to sandboxes, {@code verify}
 * attacks {@link Sandbox#untrusted()} on it. Exit codes: 0 if all is well, 1 if it isn't, 2 for arguments that mean nothing and for
 * what could not be tried.
 */
public final class Main {
    private static final int UNUSABLE = 2;
    private static final String USAGE =
            """
            usage: java -jar sandjar.jar COMMAND

              doctor     try what this machine can give to sandboxes, and say what helps where it can't;
                         exit code 0: Sandbox.untrusted() can start here, 1: it can't
              verify [--json]
                         attack Sandbox.untrusted() from inside and grade it;
                         exit code 0: every attack was contained, 1: not
              --version  print the version
              --help     print this
            """;

    private Main() {}

    /**
     * Runs one command and ends the JVM.
     *
     * @param args {@code doctor}, {@code --version} or {@code --help}; nothing is the same as {@code --help}
     */
    public static void main(String[] args) {
        // Its notice that there is no logging back end is no concern of whoever calls a doctor.
        System.setProperty("slf4j.internal.verbosity", System.getProperty("slf4j.internal.verbosity", "ERROR"));
        int code = run(List.of(args), System.out, System.err);
        System.out.flush();
        System.exit(code);
    }

    static int run(List<String> args, PrintStream out, PrintStream err) {
        String command = args.isEmpty() ? "--help" : args.get(0);
        if (args.equals(List.of("verify", "--json"))) {
            return verify(true, out, err);
        }
        if (args.size() > 1) {
            return misused("only one argument is taken", err);
        }
        return switch (command) {
            case "doctor" -> doctor(out);
            case "verify" -> verify(false, out, err);
            case "--help", "-h", "help" -> print(USAGE, out);
            case "--version", "-V", "version" -> print("sandjar " + Sandjar.version() + "\n", out);
            default -> misused("unknown command: " + Printable.quote(command), err);
        };
    }

    private static int doctor(PrintStream out) {
        SandboxHost host = SandboxHost.probe();
        out.print("Sandjar " + Sandjar.version() + "\n\n" + host);
        return host.isReady() ? 0 : 1;
    }

    private static int verify(boolean json, PrintStream out, PrintStream err) {
        try {
            Attestation attestation = Sandbox.untrusted().build().verify();
            out.print(json ? attestation.toJson() + "\n" : attestation.toString());
            return attestation.isContained() ? 0 : 1;
        } catch (IOException e) {
            err.print(e.getMessage() + "\n");
            return UNUSABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNUSABLE;
        }
    }

    private static int print(String text, PrintStream out) {
        out.print(text);
        return 0;
    }

    private static int misused(String problem, PrintStream err) {
        err.print(problem + "\n\n" + USAGE);
        return UNUSABLE;
    }
}
