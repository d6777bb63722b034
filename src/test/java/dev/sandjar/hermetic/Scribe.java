package dev.sandjar.hermetic;

import java.nio.file.Path;

/** The program of src/test/native/scribe.c, which writes down what it can learn of where it runs. */
final class Scribe {
    static final Path PROGRAM = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
            .toAbsolutePath()
            .resolveSibling("sandjar-scribe");

    private Scribe() {}
}
