package dev.sandjar.limits;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program of src/test/native/bomb.c, which takes more than its share in many ways. */
final class Bomb {
    static final Path PROGRAM = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
            .toAbsolutePath();

    private Bomb() {}

    /** Where the host's files are to be seen. */
    static Command command(String... arguments) {
        return at(PROGRAM.toString(), arguments);
    }

    static Command at(String program, String... arguments) {
        List<String> argv = new ArrayList<>();
        argv.add(program);
        argv.addAll(List.of(arguments));
        return Command.of(argv);
    }

    /** The number that it last said it had reached; 0 if it said none. */
    static long reached(RunResult result) {
        String[] lines = result.stdout().strip().split("\n");
        String last = lines[lines.length - 1];
        return last.isEmpty() ? 0 : Long.parseLong(last.split(" ")[0]);
    }
}
