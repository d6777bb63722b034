package dev.sandjar.docs;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.junit.EnabledIfSandbox;
import dev.sandjar.junit.SandboxAssertions;
import dev.sandjar.junit.SandboxExtension;
import dev.sandjar.junit.Scratch;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example of the guide to tests. */
@Tag("linux")
@NeedsHost({Feature.USERNS, Feature.GCC})
// tag::junit
@EnabledIfSandbox
@ExtendWith(SandboxExtension.class)
class CompilerIT {
    @Test
    void compiles(Sandbox sandbox, @Scratch Path scratch) throws Exception {
        RunResult result = sandbox.run("sh", "-c", "echo 'int main(void){}' >a.c && gcc a.c");
        SandboxAssertions.assertThat(result).succeeded().changes().createsOnly("/work/a.c", "/work/a.out");
    }
}
// end::junit
