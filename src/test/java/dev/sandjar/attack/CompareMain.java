package dev.sandjar.attack;

import dev.sandjar.Attestation.Grade;
import dev.sandjar.Attestation.Result;
import dev.sandjar.Sandbox;
import dev.sandjar.launcher.ProgramInMemory;
import dev.sandjar.verify.Attacks;
import dev.sandjar.verify.Canaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The shipped attacks in untrusted(), under bubblewrap's usual flags, in Docker's default where that runs, and outside: a table. */
final class CompareMain {
    private static final List<String> BUBBLEWRAP = List.of(
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/usr",
            "/usr",
            "--symlink",
            "usr/bin",
            "/bin",
            "--symlink",
            "usr/lib",
            "/lib",
            "--symlink",
            "usr/lib64",
            "/lib64",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--clearenv");

    private CompareMain() {}

    public static void main(String[] args) throws Exception {
        Map<String, List<Result>> columns = new LinkedHashMap<>();
        columns.put("untrusted()", Sandbox.untrusted().build().verify().results());
        Path directory = Files.createTempDirectory("sandjar-compare");
        try (ProgramInMemory program = ProgramInMemory.open("sandjar-probe");
                Canaries canaries = Canaries.open(program.path())) {
            Path file = Files.copy(program.path(), directory.resolve("sandjar-probe"));
            if (!file.toFile().setExecutable(true)) {
                throw new IOException("chmod " + file);
            }
            List<String> bubblewrap = new ArrayList<>(BUBBLEWRAP);
            bubblewrap.addAll(List.of("--ro-bind", file.toString(), "/probe", "--", "/probe"));
            columns.put("bubblewrap", run(bubblewrap, canaries));
            List<String> docker = List.of(
                    "docker", "run", "--rm", "-v", file + ":/probe:ro", "--entrypoint", "/probe", "debian:stable-slim");
            columns.put("Docker", run(docker, canaries));
            columns.put("no sandbox", run(List.of(file.toString()), canaries));
        } finally {
            Files.deleteIfExists(directory.resolve("sandjar-probe"));
            Files.delete(directory);
        }
        columns.entrySet().removeIf(column -> {
            boolean silent = column.getValue().stream().allMatch(r -> r.grade() == Grade.NOT_ATTEMPTED);
            if (silent) {
                System.err.println("not run here: " + column.getKey());
            }
            return silent;
        });
        print(columns);
        System.exit(0);
    }

    private static List<Result> run(List<String> prefix, Canaries canaries) throws InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(canaries.arguments());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return Attacks.results(output, "");
        } catch (IOException e) {
            System.err.println(prefix.get(0) + ": " + e.getMessage());
            return Attacks.results("", "");
        }
    }

    private static void print(Map<String, List<Result>> columns) {
        System.out.println("| attack | " + String.join(" | ", columns.keySet()) + " |");
        System.out.println("| --- |" + " --- |".repeat(columns.size()));
        for (int i = 0; i < Attacks.all().size(); i++) {
            StringBuilder line = new StringBuilder("| " + Attacks.all().get(i).attack() + " |");
            for (List<Result> results : columns.values()) {
                line.append(' ').append(word(results.get(i).grade())).append(" |");
            }
            System.out.println(line);
        }
        StringBuilder total = new StringBuilder("| **exposed** |");
        for (List<Result> results : columns.values()) {
            total.append(' ')
                    .append(results.stream()
                            .filter(r -> r.grade() == Grade.EXPOSED)
                            .count())
                    .append(" |");
        }
        System.out.println(total);
    }

    private static String word(Grade grade) {
        return grade == Grade.EXPOSED
                ? "**exposed**"
                : grade.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
