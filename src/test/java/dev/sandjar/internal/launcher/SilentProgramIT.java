package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Virtual threads that wait for processes of this library let go of the one thread that carries them all. */
@KernelTest
@Tag("once")
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before Java 21")
class SilentProgramIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"relay", "keeper"})
    void whoeverWaitsForItHoldsUpNobody(String kind) throws Exception {
        Path program = directory.resolve("silent");
        Path number = directory.resolve("number");
        Files.writeString(
                program,
                "#!/bin/sh\necho $$ > " + number + ".new\nmv " + number + ".new " + number + "\nexec sleep 200\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Path output = directory.resolve("output");
        Process jvm = Jvm.builder(
                        SilentProgramMain.class,
                        List.of(
                                "-Djdk.virtualThreadScheduler.parallelism=1",
                                "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                                "-Dsandjar.launcher=" + program),
                        kind,
                        number.toString())
                .redirectOutput(output.toFile())
                .start();
        List<ProcessHandle> children = List.of();
        try {
            boolean ended = jvm.waitFor(150, TimeUnit.SECONDS);
            children = jvm.descendants().toList();
            String said = Files.readString(output);
            assertTrue(ended, () -> "it goes on and on: " + said);
            assertTrue(said.contains("the other one runs\n"), said);
            assertTrue(
                    said.contains(kind.equals("relay") ? "it has ended at once (killed by SIGKILL)" : "has ended"),
                    said);
            assertEquals(0, jvm.exitValue(), said);
        } finally {
            jvm.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
