import static dev.sandjar.junit.SandboxAssertions.assertThat;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.junit.EnabledIfSandbox;
import dev.sandjar.junit.SandboxExtension;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test that expects something else. */
@EnabledIfSandbox
@ExtendWith(SandboxExtension.class)
class BrokenWordListTest {
    @Test
    void expectsTheOrderOfTheInput(SandboxBuilder builder) throws Exception {
        Sandbox sandbox = builder.file("/opt/word-list", Files.readString(WordListTest.PROGRAM))
                .file("/in/text", "b a b")
                .build();
        assertThat(sandbox.run("sh", "/opt/word-list", "/in/text"))
                .succeeded()
                .changes()
                .text("/work/list", "b\na\n");
    }
}
