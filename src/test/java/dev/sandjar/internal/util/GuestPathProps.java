package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class GuestPathProps {
    @Provide
    Arbitrary<String> pathlike() {
        return Arbitraries.of("/", "/", ".", "..", "a", "b", "\0", "\ud800", "é")
                .list()
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    private static Optional<String> accepted(String path) {
        try {
            return Optional.of(GuestPath.of("path", path));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Property(tries = 5000)
    void whatIsAcceptedIsNormalInTheSenseOfTheJdk(@ForAll("pathlike") String path) {
        accepted(path).ifPresent(result -> {
            // toString of a Path drops double slashes, normalize() dots: an accepted path has nothing to drop.
            assertEquals(result, Path.of(result).normalize().toString());
            assertEquals(result, GuestPath.of("path", result));
            assertEquals(true, Path.of(result).isAbsolute());
        });
    }

    @Property(tries = 5000)
    boolean whatIsNormalIsAccepted(@ForAll("pathlike") String path) {
        boolean encodable = path.indexOf('\0') < 0 && path.indexOf('\ud800') < 0;
        boolean normal = encodable
                && path.startsWith("/")
                && Path.of(path).normalize().toString().equals(path);
        return !normal || accepted(path).equals(Optional.of(path));
    }
}
