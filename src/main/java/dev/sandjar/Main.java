package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.Installing;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.JsonText;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.verify.Attestation;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The command line of {@code sandjar-VERSION-cli.jar}, and of the library on a class path with what it depends on
 * ({@code java -cp ... dev.sandjar.Main}): {@code doctor} says what this machine can give to sandboxes, {@code verify} attacks
 * {@link Sandbox#untrusted()} on it, {@code run} runs a program in a sandbox, {@code learn} writes the least filter for one, {@code explain}
 * says what a policy becomes here, {@code freeze} writes one for a command that needs no Java.
 *
 * <p>Exit codes: 0 if all is well; 1 if {@link Sandbox#untrusted()} can't start here; 2 for wrong use; 3 if an attack was exposed or
 * could not be made; 4 if all is well, but what there was to print could not be written. {@code run} and {@code learn} end with {@link
 * ExitReport#exitValue()} of the program, or 125 if it can't be started.
 */
public final class Main {
    private static final int CANNOT_START = 1;
    private static final int MISUSED = 2;
    private static final int EXPOSED = 3;
    private static final int UNWRITTEN = 4;
    private static final String JSON = "--json";
    private static final String WITHOUT_NAMESPACES = "--without-namespaces";
    private static final String INSTALL = "--install";
    private static final String UNINSTALL = "--uninstall";
    private static final String YES = "--yes";
    private static final Set<List<String>> INSTALLATIONS =
            Set.of(List.of(INSTALL), List.of(INSTALL, YES), List.of(UNINSTALL), List.of(UNINSTALL, YES));

    /** What the doctor prints instead of looking at this machine, by option: a resource of this package. */
    private static final Map<String, String> TEXTS =
            Map.of("--containers", "containers.txt", "--seccomp-profile", "container-seccomp.json");

    /** Whose options are a policy, and what is said of it. */
    private static final Set<String> PROGRAMS = Set.of("run", "learn", "explain", "freeze");

    private static final Set<String> VERIFY_OPTIONS = Set.of(JSON, WITHOUT_NAMESPACES);
    private static final String USAGE =
            """
            usage: java -jar sandjar-VERSION-cli.jar COMMAND

              doctor [--json]    try what this machine can give to sandboxes, and say what helps where it can't
              doctor --containers
                                 print what Docker, Podman, compose and Kubernetes have to be told so that all works in a container
              doctor --seccomp-profile
                                 print the seccomp profile for such containers
              doctor --install [--yes]
                                 print what lets this user make user namespaces on Ubuntu: a launcher in a fixed place, and a
                                 profile of AppArmor for it; with --yes, as root, do it. --uninstall takes both away
              verify [--json]    attack Sandbox.untrusted() from inside and grade it;
                                 with --without-namespaces what is left of it on hosts that refuse every one
              run [--policy FILE] [--json] -- PROGRAM [ARGUMENT...]
                                 run a program in Sandbox.untrusted(), or in the sandbox that FILE describes as JSON, with the
                                 streams of this command; --json prints a report to standard error at its end
              learn --profile FILE [--policy FILE] [--json] -- PROGRAM [ARGUMENT...]
                                 the same without the filter of system calls, and write the least one that the program needs to a new
                                 file, in the form that SeccompProfile.fromJson(...) and Docker read; for programs you trust
              explain [--policy FILE] [--json]
                                 print what each request of that sandbox becomes on this host; nothing is run
              freeze --plan FILE [--policy FILE] [--command DIRECTORY] [--java-home DIRECTORY]
                                 write that sandbox to a file, for the command sandjar-run, which needs no Java; write that command
                                 to a directory; make a directory that is a JDK whose bin/java is the command
              completion         print what completes these words in bash: eval "$(java -jar ... completion)"
              --version          print the version
              --help             print this

            exit code  0: all is well
                       1: Sandbox.untrusted() can't start here
                       2: wrong use
                       3: an attack of verify was exposed, or could not be made
                       4: all is well, but standard output could not be written
                       of run and learn: that of the program, 128 and the number of the signal that ended it, or 125 if it can't be started
            """;

    private static final String HELP = "java -jar sandjar-VERSION-cli.jar --help prints what it takes\n";

    private Main() {}

    /**
     * Runs one command and ends the JVM.
     *
     * @param args {@code doctor} or {@code verify}, each perhaps with {@code --json}, {@code doctor} alone with {@code --containers}
     *     or {@code --seccomp-profile}, or with {@code --install} or {@code --uninstall} and perhaps {@code --yes}, {@code verify} perhaps with {@code
     *     --without-namespaces}; {@code run}, perhaps with {@code --policy FILE} and {@code --json}, then {@code --} and the program
     *     with its arguments; {@code --version} or {@code --help}; no argument is wrong use
     */
    public static void main(String[] args) {
        // Its notice that there is no logging back end is no concern of whoever calls a doctor.
        System.setProperty("slf4j.internal.verbosity", System.getProperty("slf4j.internal.verbosity", "ERROR"));
        int code = run(List.of(args), System.out, System.err);
        System.exit(code);
    }

    static int run(List<String> args, PrintStream out, PrintStream err) {
        int code = dispatch(args, out, err);
        // Print streams keep their errors to themselves, and a report that nobody can read must not pass for one.
        if (!out.checkError()) {
            return code;
        }
        err.print("what was to be printed could not be written to standard output\n");
        return code == 0 ? UNWRITTEN : code;
    }

    private static int dispatch(List<String> args, PrintStream out, PrintStream err) {
        if (args.isEmpty()) {
            return misused("a command is missing", err);
        }
        String command = args.get(0);
        if (PROGRAMS.contains(command)) {
            try {
                return policy(command, args.subList(1, args.size()), out, err);
            } catch (WrongUse e) {
                return misused(String.valueOf(e.getMessage()), err);
            }
        }
        if (command.equals("verify")) {
            List<String> options = args.subList(1, args.size());
            boolean known =
                    VERIFY_OPTIONS.containsAll(options) && Set.copyOf(options).size() == options.size();
            return known
                    ? verify(options.contains(WITHOUT_NAMESPACES), options.contains(JSON), out, err)
                    : misused("\"verify\" takes nothing but " + JSON + " and " + WITHOUT_NAMESPACES + ", once", err);
        }
        List<String> rest = args.subList(1, args.size());
        if (command.equals("doctor") && INSTALLATIONS.contains(rest)) {
            return install(rest.get(0).equals(UNINSTALL), rest.size() > 1, out, err);
        }
        String text = command.equals("doctor") && args.size() == 2 ? TEXTS.get(args.get(1)) : null;
        if (text != null) {
            return print(resource(text), out);
        }
        boolean takesJson = command.equals("doctor");
        boolean json = takesJson && args.size() == 2 && args.get(1).equals(JSON);
        if (args.size() > 1 && !json) {
            String takes = takesJson
                    ? "nothing but " + JSON + ", --containers or --seccomp-profile, one of them"
                    : "no arguments";
            return misused(Printable.quote(command) + " takes " + takes, err);
        }
        return switch (command) {
            case "doctor" -> doctor(json, out);
            case "completion" -> print(resource("completion.bash"), out);
            case "--help", "-h", "help" -> print(USAGE, out);
            case "--version", "-V", "version" -> print("sandjar " + Sandjar.version() + "\n", out);
            default -> misused("unknown command: " + Printable.quote(command), err);
        };
    }

    private static int policy(String command, List<String> args, PrintStream out, PrintStream err) throws WrongUse {
        boolean learns = command.equals("learn");
        boolean freezes = command.equals("freeze");
        Set<String> valued = learns
                ? Set.of(CommandWords.POLICY, RunCommand.PROFILE)
                : freezes
                        ? Set.of(
                                CommandWords.POLICY, FreezeCommand.PLAN, FreezeCommand.COMMAND, FreezeCommand.JAVA_HOME)
                        : Set.of(CommandWords.POLICY);
        Set<String> plain = freezes ? Set.of() : Set.of(JSON);
        CommandWords words = CommandWords.parse(command, args, plain, valued, command.equals("run") || learns);
        if (freezes && !words.has(FreezeCommand.PLAN)) {
            throw new WrongUse("\"freeze\" needs " + FreezeCommand.PLAN + " and a file");
        }
        if (learns && !words.has(RunCommand.PROFILE)) {
            throw new WrongUse("\"learn\" needs " + RunCommand.PROFILE + " and a file");
        }
        return switch (command) {
            case "run" -> RunCommand.run(words, err);
            case "learn" -> RunCommand.learn(words, err);
            case "freeze" -> FreezeCommand.freeze(words, out, err, CANNOT_START);
            default -> ExplainCommand.explain(words, out, err, CANNOT_START);
        };
    }

    private static int install(boolean undo, boolean agreed, PrintStream out, PrintStream err) {
        Installing installing = Engine.get().installing(undo);
        installing.steps().forEach(step -> out.print(step + "\n"));
        if (!agreed) {
            out.print("\nNothing was done. With " + YES + ", as root, it is.\n");
            return 0;
        }
        try {
            installing.run();
            out.print("\nDone.\n");
            return 0;
        } catch (IOException e) {
            err.print(e + "\n");
            return CANNOT_START;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CANNOT_START;
        }
    }

    private static String resource(String name) {
        try (InputStream in = Main.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the jar");
            }
            return new String(BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int doctor(boolean json, PrintStream out) {
        SandboxHost host = SandboxHost.probe();
        out.print(json ? host.toJson() + "\n" : "Sandjar " + Sandjar.version() + "\n\n" + host);
        return host.isReady() ? 0 : CANNOT_START;
    }

    private static int verify(boolean withoutNamespaces, boolean json, PrintStream out, PrintStream err) {
        SandboxBuilder builder = Sandbox.untrusted();
        if (withoutNamespaces) {
            Engine.get().refuseNamespaces();
            builder.minimumTier(Tier.CONTAINER);
        }
        return verify(() -> builder.build().verify(), json, out, err);
    }

    /** What is attacked. */
    interface Attacked {
        Attestation verify() throws IOException, InterruptedException;
    }

    static int verify(Attacked attacked, boolean json, PrintStream out, PrintStream err) {
        try {
            Attestation attestation = attacked.verify();
            out.print(json ? attestation.toJson() + "\n" : attestation.toString());
            return attestation.isContained() ? 0 : EXPOSED;
        } catch (IOException e) {
            err.print(e.getMessage() + "\n");
            out.print(json ? "{\"error\": " + JsonText.of(String.valueOf(e.getMessage())) + "}\n" : "");
            return CANNOT_START;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CANNOT_START;
        }
    }

    private static int print(String text, PrintStream out) {
        out.print(text);
        return 0;
    }

    private static int misused(String problem, PrintStream err) {
        err.print(problem + "\n" + HELP);
        return MISUSED;
    }
}
