package dev.sandjar.internal.verify;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import dev.sandjar.verify.Attestation.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Which attacks there are, and what the lines of the program that makes them say. */
public final class Attacks {
    private static final int FIELDS = 4;

    private Attacks() {}

    /** @param attack what it tries */
    public record Attack(String name, String category, String attack) {}

    /** All that the program knows, in its order. */
    public static List<Attack> all() {
        String resource = "/dev/sandjar/attacks.txt";
        try (InputStream in = Attestation.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing in the jar");
            }
            List<Attack> attacks = new ArrayList<>();
            for (String line : new String(
                            BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, resource), StandardCharsets.UTF_8)
                    .split("\n")) {
                String[] parts = line.split("\\|", -1);
                if (!line.startsWith("#") && parts.length == 3) {
                    attacks.add(new Attack(parts[0], parts[1], parts[2]));
                }
            }
            return List.copyOf(attacks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A result for every attack; those of which the output says nothing were not attempted, for {@code otherwise}. */
    public static List<Result> results(String output, String otherwise) {
        Map<String, String[]> said = new HashMap<>();
        for (String line : output.split("\n")) {
            String[] parts = line.split("\t", FIELDS);
            if (parts.length == FIELDS && parts[0].equals("probe")) {
                said.putIfAbsent(parts[1], parts);
            }
        }
        List<Result> results = new ArrayList<>();
        for (Attack attack : all()) {
            String[] parts = said.get(attack.name());
            results.add(new Result(
                    attack.name(),
                    attack.category(),
                    attack.attack(),
                    parts == null ? Grade.NOT_ATTEMPTED : grade(parts[2]),
                    parts == null ? otherwise : parts[3]));
        }
        return results;
    }

    /** Whether the output has a result of an attack. */
    public static boolean tells(String output, String name) {
        return output.lines().anyMatch(line -> line.startsWith("probe\t" + name + "\t"));
    }

    /** The output without its result of an attack. */
    public static String without(String output, String name) {
        return output.lines()
                .filter(line -> !line.startsWith("probe\t" + name + "\t"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    /** The line of a result, as the program writes it. */
    public static String line(String name, Grade grade, String reason) {
        return "probe\t" + name + "\t" + grade.name().toLowerCase(Locale.ROOT).replace('_', '-') + "\t" + reason + "\n";
    }

    /** What is said inside is hostile too in principle: only these words count. */
    private static Grade grade(String word) {
        return switch (word) {
            case "contained" -> Grade.CONTAINED;
            case "exposed" -> Grade.EXPOSED;
            case "not-applicable" -> Grade.NOT_APPLICABLE;
            default -> Grade.NOT_ATTEMPTED;
        };
    }

    /** Values of one kind of fact. */
    public static List<String> facts(String output, String name) {
        List<String> values = new ArrayList<>();
        for (String line : output.split("\n")) {
            String[] parts = line.split("\t", -1);
            if (parts.length == 3 && parts[0].equals("fact") && parts[1].equals(name)) {
                values.add(parts[2]);
            }
        }
        return values;
    }
}
