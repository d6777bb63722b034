package dev.sandjar;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The words after a command of the command line.
 *
 * @param options those that were given, with their values; empty for those that have none
 * @param program what follows {@code --}
 */
record CommandWords(Map<String, String> options, List<String> program) {
    static final String JSON = "--json";
    static final String POLICY = "--policy";
    private static final String END = "--";
    /** As much as a policy may be. */
    private static final int POLICY_MAX = 24 << 20;

    /**
     * Reads them.
     *
     * @param plain the options without a value
     * @param valued those with one
     * @param takesProgram whether {@code --} and a program have to follow
     * @throws WrongUse with what is wrong
     */
    static CommandWords parse(
            String command, List<String> args, Set<String> plain, Set<String> valued, boolean takesProgram)
            throws WrongUse {
        int end = takesProgram ? args.indexOf(END) : args.size();
        if (takesProgram && (end < 0 || end == args.size() - 1)) {
            throw new WrongUse(Printable.quote(command) + " needs " + END + " and a program after its options");
        }
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < end; i++) {
            String option = args.get(i);
            String value = "";
            if (valued.contains(option)) {
                i++;
                if (i == end) {
                    throw new WrongUse(option + " needs a file");
                }
                value = args.get(i);
            } else if (!plain.contains(option)) {
                throw new WrongUse(Printable.quote(command) + " knows no option " + Printable.quote(option));
            }
            if (options.put(option, value) != null) {
                throw new WrongUse(Printable.quote(option) + " is given twice");
            }
        }
        return new CommandWords(options, takesProgram ? args.subList(end + 1, args.size()) : List.of());
    }

    boolean has(String option) {
        return options.containsKey(option);
    }

    Optional<String> value(String option) {
        return Optional.ofNullable(options.get(option));
    }

    /** The sandbox of {@code --policy}, or {@link Sandbox#untrusted()}. */
    Sandbox sandbox() throws IOException {
        String policy = options.get(POLICY);
        return (policy == null
                        ? Sandbox.untrusted()
                        : SandboxBuilder.fromJson(
                                BoundedReads.text(Path.of(policy), StandardCharsets.UTF_8, POLICY_MAX)))
                .build();
    }
}
