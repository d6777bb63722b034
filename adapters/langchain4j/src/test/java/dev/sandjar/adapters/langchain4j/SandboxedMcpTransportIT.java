package dev.sandjar.adapters.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.McpTransport;
import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport;
import dev.sandjar.Command;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One server, by LangChain4j's own transport and in a sandbox. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SandboxedMcpTransportIT {
    private static final Path SERVER = Path.of("src/test/resources/server.py").toAbsolutePath();

    private static SandboxedMcpTransport sandboxed() {
        // tag::mcp
        Sandbox sandbox = Sandbox.untrusted()
                .without(Limit.TIMEOUT, Limit.CPU_TIME, Limit.OUTPUT) // a server lives as long as its client
                .bindReadOnly(SERVER, "/server.py")
                .build();
        SandboxedMcpTransport transport =
                new SandboxedMcpTransport(sandbox, Command.of("/usr/bin/python3", "/server.py"));
        // end::mcp
        return transport;
    }

    private static McpClient client(McpTransport transport) {
        return DefaultMcpClient.builder()
                .transport(transport)
                .toolExecutionTimeout(Duration.ofSeconds(10))
                .autoHealthCheck(false)
                .build();
    }

    private static String read(McpClient client, String path) {
        ToolExecutionRequest request = ToolExecutionRequest.builder()
                .name("read")
                .arguments("{\"path\": \"" + path + "\"}")
                .build();
        return client.executeTool(request).resultText();
    }

    @Test
    void aServerReadsWhatItsSandboxHas(@TempDir Path host) throws Exception {
        Path secret = Files.writeString(host.resolve("key"), "of the host");
        McpTransport plain = StdioMcpTransport.builder()
                .command(List.of("/usr/bin/python3", SERVER.toString()))
                .build();
        try (McpClient control = client(plain)) {
            assertEquals("of the host", read(control, secret.toString()));
        }
        try (McpClient client = client(sandboxed())) {
            assertEquals(1, client.listTools().size());
            assertEquals("no: No such file or directory", read(client, secret.toString()));
            assertEquals("sandbox\n", read(client, "/proc/sys/kernel/hostname"));
        }
    }

    @Test
    void aServerThatFloodsIsEnded() throws Exception {
        SandboxedMcpTransport transport = sandboxed();
        try (McpClient client = client(transport)) {
            client.listTools();
            transport.checkHealth();
            String answer;
            try {
                answer = read(client, "flood");
            } catch (RuntimeException e) {
                answer = e.toString();
            }
            assertTrue(!answer.startsWith("x"), answer);
            IllegalStateException e = assertThrows(IllegalStateException.class, transport::checkHealth);
            assertTrue(e.getMessage().contains("more than 16777216 bytes"), e::getMessage);
        }
    }
}
