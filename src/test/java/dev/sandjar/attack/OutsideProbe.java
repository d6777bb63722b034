package dev.sandjar.attack;

import dev.sandjar.internal.launcher.ProgramInMemory;
import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.internal.verify.Canaries;
import dev.sandjar.verify.Attestation.Grade;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The shipped attacks as a plain child of this process: the controls. */
final class OutsideProbe {
    private OutsideProbe() {}

    record Line(String name, Grade grade, String reason) {}

    static List<Line> run() throws IOException, InterruptedException {
        try (ProgramInMemory program = ProgramInMemory.open("sandjar-probe");
                Canaries canaries = Canaries.open(program.path())) {
            // A descriptor that a careless host leaves open: ProcessBuilder itself closes them.
            List<String> command = new ArrayList<>(List.of(
                    "/bin/sh",
                    "-c",
                    "exec 7</dev/null; exec \"$@\"",
                    "sh",
                    program.path().toString()));
            command.addAll(canaries.arguments());
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("HOST_SECRET", canaries.arguments().get(0).substring("word=".length()));
            Process process =
                    builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return Attacks.results(output, "the probe did not get so far").stream()
                    .map(r -> new Line(r.name(), r.grade(), r.reason()))
                    .toList();
        }
    }
}
