package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.testing.HostProgram;
import java.nio.file.Path;

/** A repository of git with one commit, {@code one}, on main, whose files a plain web server can hand out. */
final class ServedRepository {
    private ServedRepository() {}

    static Path in(Path directory) {
        Path bare = directory.resolve("r.git");
        HostProgram.Result made = HostProgram.run(
                "sh",
                "-c",
                "set -e; git init -q --bare " + bare + "; git init -q " + directory + "/w; cd " + directory + "/w;"
                        + " git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one;"
                        + " git push -q " + bare + " HEAD:refs/heads/main; git -C " + bare + " update-server-info");
        assertEquals(0, made.exit(), made::toString);
        return bare;
    }
}
