package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.testing.HostProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs in Go, which resolve names and connect without the C library. */
final class GoProgram {
    private GoProgram() {}

    /** The static program that this source becomes, in a directory where the compiler keeps all it has. */
    static Path built(Path directory, String name, String source) throws IOException {
        Files.writeString(directory.resolve(name + ".go"), source);
        HostProgram.Result built = HostProgram.run(
                "/bin/sh",
                "-c",
                "cd \"$1\" && HOME=$1 GO111MODULE=off CGO_ENABLED=0 GOCACHE=$1/cache go build -o \"$2\" \"$2.go\"",
                "sh",
                directory.toString(),
                name);
        assertEquals(0, built.exit(), built::toString);
        return directory.resolve(name);
    }
}
