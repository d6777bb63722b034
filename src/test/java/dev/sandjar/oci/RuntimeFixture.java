package dev.sandjar.oci;

import dev.sandjar.testing.HostProgram;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A runtime command, a bundle in cgroups of the test's own, and the end of both. */
abstract class RuntimeFixture {
    @TempDir
    Path directory;

    RuntimeCommand runtime;
    Bundles bundle;

    private final String name;

    /** @param name of a container, by which its cgroup is named below {@link #parent()} */
    RuntimeFixture(String name) {
        this.name = name;
    }

    @BeforeEach
    void runtimeAndBundle() throws Exception {
        runtime = RuntimeCommand.in(directory);
        bundle = Bundles.of(directory);
        bundle.linux().put("cgroupsPath", parent() + "/" + name);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (String id : runtime.left()) {
            runtime.run("delete", "--force", id);
        }
        HostProgram.sh(
                "for d in /sys/fs/cgroup/*$1 /sys/fs/cgroup$1; do test ! -d \"$d\" || find \"$d\" -depth -type d -exec rmdir {} +; done",
                parent());
    }

    /** The cgroup above, which only tests in this JVM have. */
    static String parent() {
        return "/oci-test-" + ProcessHandle.current().pid();
    }
}
