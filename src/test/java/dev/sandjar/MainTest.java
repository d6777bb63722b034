package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Exposure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return Main.run(
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void helpIsPrintedWhenAskedFor() {
        assertEquals(0, run("--help"));
        String help = out.toString(StandardCharsets.UTF_8);
        assertTrue(help.startsWith("usage: "), help);
        assertEquals(0, err.size());
    }

    @Test
    void runIsToldWhatBelongsToTheProgram() throws Exception {
        assertEquals(new CommandWords(Map.of(), List.of("x", "--json")), words("--", "x", "--json"));
        assertEquals(
                new CommandWords(Map.of("--json", "", "--policy", "--json"), List.of("x")),
                words("--policy", "--json", "--json", "--", "x"));
        assertEquals(2, run("run"));
        assertEquals(2, run("run", "echo"));
        assertEquals(2, run("run", "--json", "--"));
        assertEquals(2, run("run", "--policy", "--", "x"));
        assertEquals(2, run("run", "--json", "--json", "--", "x"));
        assertEquals(2, run("run", "--fast", "--", "x"));
        assertEquals(0, out.size());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("knows no option \"--fast\""));
    }

    private static CommandWords words(String... args) throws WrongUse {
        return CommandWords.parse("run", List.of(args), Set.of("--json"), Set.of("--policy"), true);
    }

    @Test
    void learnAndExplainAreUsedInOneWay() {
        for (String[] wrong : new String[][] {
            {"learn", "--", "x"},
            {"learn", "--profile", "f"},
            {"learn", "--profile", "--", "x"},
            {"explain", "--", "x"},
            {"explain", "--profile", "f"},
            {"explain", "--policy"},
            {"freeze"},
            {"freeze", "--plan"},
            {"freeze", "--plan", "f", "--json"},
            {"freeze", "--plan", "f", "--", "x"},
            {"completion", "bash"}
        }) {
            assertEquals(2, run(wrong), () -> String.join(" ", wrong));
        }
        assertEquals(0, out.size());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("\"learn\" needs --profile and a file"));
    }

    @Test
    void everyCommandIsCompleted() throws Exception {
        assertEquals(0, run("completion"));
        Path script = Files.write(directory.resolve("completion"), out.toByteArray());
        String completed = HostProgram.sh(
                """
                exec bash -c '. "$1"
                  COMP_WORDS=(sandjar ""); COMP_CWORD=1; _sandjar; echo "${COMPREPLY[@]}"
                  COMP_WORDS=(sandjar learn --p); COMP_CWORD=2; _sandjar; echo "${COMPREPLY[@]}"
                  COMP_WORDS=(sandjar run -- --pol); COMP_CWORD=3; _sandjar; echo "[${COMPREPLY[@]}]"' bash "$1"
                """,
                script.toString());
        List<String> lines = completed.lines().toList();
        out.reset();
        run("--help");
        Set<String> told = Pattern.compile("(?m)^  (\\S+)")
                .matcher(out.toString(StandardCharsets.UTF_8))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
        assertEquals(told, Set.of(lines.get(0).split(" ")));
        assertEquals("--profile --policy", lines.get(1));
        assertEquals("[]", lines.get(2), "what follows belongs to the program");
    }

    @Test
    void runWithoutItsPolicyStartsNothing() {
        assertEquals(125, run("run", "--policy", "/no/such/policy", "--", "true"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("/no/such/policy"));
    }

    @Test
    void noCommandIsWrongUse() {
        assertEquals(2, run());
        assertEquals(0, out.size());
        assertEquals(
                List.of("a command is missing", "java -jar sandjar-VERSION-cli.jar --help prints what it takes"),
                err.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void outputThatCantBeWrittenIsNoSuccess() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        assertEquals(4, Main.run(List.of("--version"), new PrintStream(full, false, StandardCharsets.UTF_8), errors));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("could not be written to standard output"));
    }

    @Test
    void theVersionIsOneLine() {
        assertEquals(0, run("--version"));
        assertEquals("sandjar " + Sandjar.version() + "\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void unknownWordsAreRefusedWithoutTheirEscapes() {
        assertEquals(2, run("doc\u001b[2Jtor"));
        assertEquals(2, run("doctor", "--all"));
        assertEquals(2, run("verify", "--json", "--json"));
        assertEquals(2, run("--version", "--json"));
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("unknown command: \"doc\\x1b[2Jtor\""), text);
        assertTrue(text.contains("\"doctor\" takes nothing but --json"), text);
        assertTrue(text.contains("\"--version\" takes no arguments"), text);
        assertEquals(0, out.size());
    }

    /** The code of a run whose attacks ended like this, each of the others like {@code rest}. */
    private int verified(String attack, String grade, String rest) {
        StringBuilder said = new StringBuilder("probe\t" + attack + "\t" + grade + "\tas it was\n");
        Attacks.all().forEach(each -> said.append("probe\t" + each.name() + "\t" + rest + "\tas the others\n"));
        Exposure nothing =
                new Exposure(0, 0, List.of(), OptionalInt.empty(), OptionalInt.of(1), OptionalInt.of(3), List.of());
        return Main.verify(
                () -> new Attestation(Attacks.results(said.toString(), "nothing was said of it"), nothing),
                false,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void oneExposedAttackOfAllIsSeenInTheExitCode() {
        for (Attacks.Attack attack : Attacks.all()) {
            assertEquals(3, verified(attack.name(), "exposed", "contained"), attack.name());
            assertEquals(3, verified(attack.name(), "?", "contained"), attack.name());
            assertEquals(0, verified(attack.name(), "contained", "contained"), attack.name());
        }
        String any = Attacks.all().get(0).name();
        assertEquals(0, verified(any, "not-applicable", "contained"));
        assertEquals(3, verified(any, "exposed", "not-applicable"));
        assertEquals(0, err.size());
    }

    @Test
    void whatCannotStartIsNotCalledExposed() {
        int code = Main.verify(
                () -> {
                    throw new IOException("no namespace");
                },
                true,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertEquals(1, code);
        assertEquals("no namespace\n", err.toString(StandardCharsets.UTF_8));
        assertEquals("{\"error\": \"no namespace\"}\n", out.toString(StandardCharsets.UTF_8));
    }
}
