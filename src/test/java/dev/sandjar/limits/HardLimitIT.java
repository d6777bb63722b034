package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the caller's own hard limits are below what a sandbox is to have. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class HardLimitIT {
    /** In a JVM that was started under {@code ulimit OPTION VALUE}, and may not raise it again. */
    private static String under(String option, String value, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "bash",
                "-c",
                "ulimit \"$1\" \"$2\" && shift 2 && exec \"$@\"",
                "bash",
                option,
                value,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                HardLimitMain.class.getName()));
        command.addAll(List.of(arguments));
        HostProgram.Result result = HostProgram.run(command.toArray(String[]::new));
        assertEquals(0, result.exit(), result::toString);
        return result.out();
    }

    @ParameterizedTest
    @CsvSource({
        "-n, 600, Max open files, 600, RLIMIT_NOFILE 600/600, 1024/1024",
        "-s, 4096, Max stack size, 4194304, RLIMIT_STACK 4194304/4194304, 8388608/8388608",
        "-f, 200000, Max file size, 204800000, RLIMIT_FSIZE 204800000/204800000, 268435456/268435456",
    })
    void aPresetsBoundIsTheLowerOfBoth(
            String option, String value, String name, String bytes, String shown, String preset) {
        String out = under(option, value, "presets");
        assertFalse(out.contains("refused"), out);
        List<String> lines = out.lines().filter(line -> line.startsWith(name)).toList();
        assertEquals(2, lines.size(), out);
        for (String line : lines) {
            assertEquals(bytes, line.substring(name.length()).strip().split("\\s+")[1], out);
        }
        String said =
                out.lines().filter(line -> line.contains(shown)).findFirst().orElse("");
        assertTrue(said.contains("ENFORCED") && said.contains("below the preset's " + preset), out);
    }

    @Test
    void noCoreDumpsIsSaidOnlyWhereItIsSo() throws Exception {
        String out = under("-c", "0", "presets");
        assertFalse(out.contains("refused"), out);
        assertTrue(out.lines().anyMatch(line -> line.matches("Max core file size +0 +0 .*")), out);
        boolean handler =
                Files.readString(Path.of("/proc/sys/kernel/core_pattern")).startsWith("|");
        String said = out.lines()
                .filter(line -> line.contains("request=no core dumps"))
                .findFirst()
                .orElse("");
        assertTrue(said.contains(handler ? "DEGRADED" : "ENFORCED"), out);
    }

    @Test
    @NeedsHost(Feature.NO_CGROUPS)
    void whatStandsInForCgroupsToo() {
        String out = under("-u", "5000", "stand-ins");
        assertFalse(out.contains("refused"), out);
        assertTrue(out.contains("RLIMIT_NPROC, for each user of the sandbox: 5000"), out);
    }

    @ParameterizedTest
    @CsvSource({"-n, 600, NOFILE, 4096", "-s, 4096, STACK, 8388608", "-c, 0, CORE, 1000"})
    void aChosenLimitThatCantBeHadIsRefusedByName(String option, String value, String limit, String asked) {
        String out = under(option, value, "chosen", limit, asked);
        String had = option.equals("-s") ? "4194304" : value;
        for (String part : new String[] {
            "refused: RLIMIT_" + limit + " " + asked + "/" + asked,
            "the hard limit of this process is " + had,
            "CAP_SYS_RESOURCE",
            "remedy: ask for at most " + had,
            "Limit" + limit + "=",
        }) {
            assertTrue(out.contains(part), part + " is not in: " + out);
        }
    }

    @Test
    void aChosenLimitThatCanBeHadIsExact() {
        String out = under("-n", "600", "chosen", "NOFILE", "500");
        assertTrue(out.lines().anyMatch(line -> line.matches("Max open files +500 +500 .*")), out);
        assertTrue(out.contains("RLIMIT_NOFILE 500/500"), out);
    }
}
