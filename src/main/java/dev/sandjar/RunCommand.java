package dev.sandjar;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.JsonText;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code run} of the command line: a program in a sandbox, in place of itself. */
final class RunCommand {
    private static final int CANNOT_START = 125;
    /** As much as a policy may be. */
    private static final int POLICY_MAX = 24 << 20;

    private static final String JSON = "--json";
    private static final String POLICY = "--policy";
    private static final String END = "--";

    private RunCommand() {}

    /** What is wrong with the arguments; empty if nothing is. */
    static String problem(List<String> args) {
        int end = args.indexOf(END);
        if (end < 0 || end == args.size() - 1) {
            return "\"run\" needs " + END + " and a program after its options";
        }
        List<String> options = args.subList(0, end);
        for (int i = 0; i < options.size(); i++) {
            String option = options.get(i);
            if (options.indexOf(option) < i) {
                return Printable.quote(option) + " is given twice";
            }
            if (option.equals(POLICY)) {
                i++;
                if (i == options.size()) {
                    return POLICY + " needs a file";
                }
            } else if (!option.equals(JSON)) {
                return "\"run\" knows no option " + Printable.quote(option);
            }
        }
        return "";
    }

    /** @param args in which there is no {@link #problem} */
    static int run(List<String> args, PrintStream err) {
        int end = args.indexOf(END);
        List<String> options = args.subList(0, end);
        int policy = options.indexOf(POLICY);
        boolean json = policy < 0
                ? options.contains(JSON)
                : options.subList(0, policy).contains(JSON)
                        || options.subList(policy + 2, options.size()).contains(JSON);
        try {
            Sandbox sandbox = sandbox(policy < 0 ? null : Path.of(options.get(policy + 1)));
            Command command = Command.of(args.subList(end + 1, args.size()))
                    .stdin(Redirect.INHERIT)
                    .stdout(Redirect.INHERIT)
                    .stderr(Redirect.INHERIT);
            ExitReport report = sandbox.run(command).report();
            if (json) {
                err.print(text(report) + "\n");
            } else if (report.verdict() != Verdict.EXITED) {
                err.print("the program ended " + report.ending() + "\n");
            }
            return report.exitValue() < 0 ? CANNOT_START : report.exitValue();
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            String message = String.valueOf(e.getMessage());
            err.print(json ? "{\"error\": " + JsonText.of(message) + "}\n" : Printable.lines(message) + "\n");
            return CANNOT_START;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CANNOT_START;
        }
    }

    private static Sandbox sandbox(@Nullable Path policy) throws IOException {
        return (policy == null
                        ? Sandbox.untrusted()
                        : SandboxBuilder.fromJson(BoundedReads.text(policy, StandardCharsets.UTF_8, POLICY_MAX)))
                .build();
    }

    private static String text(ExitReport report) {
        return "{\"verdict\": " + JsonText.of(report.verdict().name())
                + ", \"exitValue\": " + report.exitValue()
                + ", \"ending\": " + JsonText.of(report.ending())
                + ", \"wallTimeMillis\": " + report.usage().wallTime().toMillis()
                + "}";
    }
}
