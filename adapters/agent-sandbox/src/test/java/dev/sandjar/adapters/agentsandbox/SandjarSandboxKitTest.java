package dev.sandjar.adapters.agentsandbox;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.springaicommunity.sandbox.AbstractSandboxTCK;

/** What agent-sandbox asks of every backend, by its own published tests. */
class SandjarSandboxKitTest extends AbstractSandboxTCK {
    @BeforeEach
    void create() throws IOException {
        sandbox = SandjarSandbox.create(dev.sandjar.Sandbox.untrusted().build());
    }
}
