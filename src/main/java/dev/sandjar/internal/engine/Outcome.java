package dev.sandjar.internal.engine;

import dev.sandjar.RunResult;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.verify.Hermeticity.Finding;
import dev.sandjar.verify.Hermeticity.Perturbation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** All of a run that is compared, by subject. */
record Outcome(Map<String, String> subjects) {
    private static final int PATHS_MAX = 50;

    static Outcome of(RunResult result) throws IOException {
        Map<String, String> subjects = new LinkedHashMap<>();
        subjects.put("exit", result.report().verdict() + " " + result.exitValue());
        subjects.put("standard output", latin(result.stdoutBytes()));
        subjects.put("standard error", latin(result.stderrBytes()));
        try (ChangeSet changes = result.changes().orElse(null)) {
            if (changes != null) {
                for (ChangeSet.Change change : changes.all()) {
                    subjects.put(change.path(), describe(changes, change));
                }
            }
        }
        return new Outcome(subjects);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What is small enough to be shown is compared as it is, the rest by its hash. */
    private static String describe(ChangeSet changes, ChangeSet.Change change) throws IOException {
        boolean small = change.kind() != ChangeSet.Kind.DELETED
                && change.type() == ChangeSet.FileType.FILE
                && change.size() <= 65536;
        return change.kind() + " " + change.type() + " " + Integer.toOctalString(change.mode()) + "\n"
                + (small ? changes.text(change.path()) + "\n" : "") + change.sha256() + change.target();
    }

    List<Finding> differences(Perturbation perturbation, Outcome other) {
        Set<String> all = new TreeSet<>(subjects.keySet());
        all.addAll(other.subjects.keySet());
        List<Finding> found = new ArrayList<>();
        for (String subject : all) {
            String before = subjects.getOrDefault(subject, "unchanged, or absent");
            String after = other.subjects.getOrDefault(subject, "unchanged, or absent");
            if (!Objects.equals(before, after) && found.size() < PATHS_MAX) {
                found.add(difference(perturbation, subject, before, after));
            }
        }
        return found;
    }

    private static Finding difference(Perturbation perturbation, String subject, String before, String after) {
        List<String> old = Arrays.asList(before.split("\n", -1));
        List<String> now = Arrays.asList(after.split("\n", -1));
        int at = 0;
        while (at < Math.min(old.size(), now.size()) - 1 && old.get(at).equals(now.get(at))) {
            at++;
        }
        return new Finding(perturbation, subject, old.get(at), now.get(at));
    }
}
