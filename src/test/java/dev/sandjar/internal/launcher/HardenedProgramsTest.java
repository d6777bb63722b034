package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHost;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the built programs are, by readelf. */
class HardenedProgramsTest {
    private static final Path BUILT = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
            .toAbsolutePath()
            .getParent();
    private static final String RESOURCE = "/" + Platform.platform(System.getProperty("os.arch")) + "/sandjar-";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"launcher", "launcher-fault", "probe", "bomb", "scribe", "exposure"})
    @NeedsHost({Feature.READELF, Feature.HARDENED})
    void aBuiltProgramIsHardened(String name) throws Exception {
        assertHardened(BUILT.resolve("sandjar-" + name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"launcher", "probe"})
    @NeedsHost({Feature.READELF, Feature.HARDENED})
    void soIsWhatTheJarCarries(String name) throws Exception {
        Path copy = directory.resolve(name);
        try (InputStream program = HardenedProgramsTest.class.getResourceAsStream(RESOURCE + name)) {
            Files.copy(program, copy);
        }
        assertHardened(copy);
    }

    /** The control: the same look at an ordinary program finds what must not be. */
    @Test
    @NeedsHost(Feature.READELF)
    void anOrdinaryProgramHasAnInterpreter() throws Exception {
        assertTrue(headers(Path.of(System.getProperty("java.home"), "bin/java")).contains("INTERP"));
    }

    @Test
    @NeedsHost({Feature.READELF, Feature.HARDENED})
    void functionsWatchOverTheirStack() throws Exception {
        assertTrue(symbols().contains("__stack_chk_fail"), "no object calls __stack_chk_fail");
        if (hardening().contains("_FORTIFY_SOURCE")) {
            assertTrue(
                    Pattern.compile("__\\w+_chk\\b").matcher(symbols()).find(), "no object calls a checked function");
        }
    }

    private static void assertHardened(Path program) throws Exception {
        String headers = headers(program);
        assertTrue(Pattern.compile("Type: +DYN").matcher(headers).find(), headers);
        assertFalse(headers.contains("INTERP"), headers);
        assertFalse(headers.contains("TEXTREL"), headers);
        assertTrue(headers.contains("GNU_RELRO"), headers);
        assertTrue(headers.contains("BIND_NOW") || headers.contains("NOW PIE"), headers);
        assertTrue(Pattern.compile("GNU_STACK .* RW  ?0x").matcher(headers).find(), headers);
        assertFalse(Pattern.compile("LOAD .* RWE ").matcher(headers).find(), headers);
    }

    private static String headers(Path program) throws Exception {
        return readelf("-hldW", program.toString());
    }

    private static String symbols() throws Exception {
        Path objects = BUILT.resolve("obj");
        try (var files = Files.walk(objects)) {
            StringBuilder all = new StringBuilder();
            for (Path object :
                    files.filter(file -> file.toString().endsWith(".o")).toList()) {
                all.append(readelf("-sW", object.toString()));
            }
            return all.toString();
        }
    }

    private static String hardening() throws Exception {
        Properties properties = new Properties();
        try (InputStream description =
                HardenedProgramsTest.class.getResourceAsStream(RESOURCE + "launcher.properties")) {
            properties.load(description);
        }
        return properties.getProperty("hardening");
    }

    private static String readelf(String option, String file) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("readelf", option, file).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
