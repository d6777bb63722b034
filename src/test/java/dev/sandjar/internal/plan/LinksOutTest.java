package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links of a made-up /usr. */
class LinksOutTest {
    @TempDir
    Path root;

    private void link(String name, String target) throws IOException {
        Path path = root.resolve(name.substring(1));
        Files.createDirectories(path.getParent());
        Files.createSymbolicLink(path, Path.of(target));
    }

    private void file(String name) throws IOException {
        Path path = root.resolve(name.substring(1));
        Files.createDirectories(path.getParent());
        Files.writeString(path, name);
    }

    private List<String> lost(dev.sandjar.MountEntry... mounts) {
        return new LinksOut(List.of(mounts), root).lost();
    }

    @Test
    void onlyThoseToWhatTheHostHasAndTheSandboxHasNot() throws IOException {
        file("/etc/maven/settings.xml");
        file("/etc/ssl/private/key");
        file("/etc/alternatives/unrelated");
        file("/opt/tool/bin/tool");
        file("/usr/lib/tool/bin");
        link("/usr/share/maven/conf", "/etc/maven");
        link("/usr/lib/ssl/private", "../../../etc/ssl/private");
        link("/usr/bin/dangling", "/etc/not-there");
        link("/usr/bin/inner", "../lib/tool/bin");
        link("/usr/bin/tool", "/etc/alternatives/tool");
        link("/etc/alternatives/tool", "/opt/tool/bin/tool");
        link("/usr/bin/other", "/etc/alternatives/other");
        link("/etc/alternatives/other", "/usr/lib/tool/bin");
        // Absolute links lead to the tree's own files.
        assertEquals(
                List.of("/usr/bin/tool -> /etc/alternatives/tool", "/usr/lib/ssl/private -> ../../../etc/ssl/private"),
                lost());
        assertEquals(
                List.of("/usr/lib/ssl/private -> ../../../etc/ssl/private"),
                lost(new dev.sandjar.MountEntry.Symlink("/opt", "x")));
    }

    @Test
    void whatHasChangedIsLookedAtAgain() throws IOException {
        file("/usr/share/x/y");
        file("/etc/secret/x");
        assertEquals(List.of(), lost());
        Files.setLastModifiedTime(root.resolve("usr/share/x"), java.nio.file.attribute.FileTime.fromMillis(1));
        link("/usr/share/x/conf", "/etc/secret");
        assertEquals(List.of("/usr/share/x/conf -> /etc/secret"), lost());
    }
}
