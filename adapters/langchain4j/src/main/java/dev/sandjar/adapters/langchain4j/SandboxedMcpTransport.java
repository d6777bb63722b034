package dev.sandjar.adapters.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.mcp.client.McpCallContext;
import dev.langchain4j.mcp.client.transport.McpOperationHandler;
import dev.langchain4j.mcp.client.transport.McpTransport;
import dev.langchain4j.mcp.protocol.McpClientMessage;
import dev.langchain4j.mcp.protocol.McpInitializationNotification;
import dev.langchain4j.mcp.protocol.McpInitializeRequest;
import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An {@link McpTransport} over the standard streams of a server that runs in a sandbox. The sandbox ends with {@link #close()}, and the server
 * is ended when it sends a line that is no JSON or has more than 16 MiB; it is not started again. Limits of the sandbox hold for all its
 * life: {@code Sandbox.untrusted()} has some of time and output, see {@link dev.sandjar.SandboxBuilder#without(dev.sandjar.Limit...)}.
 * Thread-safe.
 */
public final class SandboxedMcpTransport implements McpTransport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LINE_MAX = 16 << 20;
    private static final int WAITING_MAX = 1024;

    private final Sandbox sandbox;
    private final Command server;
    // A server that does not read keeps this thread, and no other one.
    private final ThreadPoolExecutor writer = new ThreadPoolExecutor(
            1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), task -> daemon("writer", task));
    private volatile @Nullable SandboxProcess process;
    private volatile @Nullable McpOperationHandler handler;
    private volatile @Nullable String failure;

    /**
     * Makes a transport, which starts its server when the client is made.
     *
     * @param sandbox what the server may
     * @param server the program in the sandbox that speaks MCP on its standard streams; its standard error is dropped, unless it is
     *     redirected or has a file
     */
    public SandboxedMcpTransport(Sandbox sandbox, Command server) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
        boolean unread = server.stderr().type() == Redirect.Type.PIPE && !server.mergesStderr();
        this.server = unread ? server.stderr(Redirect.DISCARD) : server;
        writer.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, "sandjar-mcp-" + name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void start(McpOperationHandler messageHandler) {
        if (process != null) {
            throw new IllegalStateException("the server was started already");
        }
        handler = messageHandler;
        try {
            SandboxProcess started = sandbox.start(server);
            process = started;
            daemon("reader", () -> read(started, messageHandler)).start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the server in the sandbox: " + e.getMessage(), e);
        }
    }

    private void read(SandboxProcess from, McpOperationHandler to) {
        String why = "the server has ended";
        try (from) {
            LineReader lines = new LineReader(from.getInputStream(), LINE_MAX);
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                to.handle(JSON.readTree(line));
            }
        } catch (IOException | RuntimeException e) {
            why = "the server is ended: " + e.getMessage();
        }
        failure = why;
        to.cancelAllPendingOperations(why);
    }

    @Override
    public CompletableFuture<JsonNode> initialize(McpInitializeRequest request) {
        return executeOperationWithResponse(request).thenApply(answer -> {
            executeOperationWithoutResponse(new McpInitializationNotification());
            return answer;
        });
    }

    @Override
    public CompletableFuture<JsonNode> executeOperationWithResponse(McpClientMessage message) {
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        McpOperationHandler to = handler;
        if (to == null) {
            answer.completeExceptionally(new IllegalStateException("the server was not started"));
            return answer;
        }
        to.startOperation(message.getId(), answer);
        try {
            send(message, answer);
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    @Override
    public CompletableFuture<JsonNode> executeOperationWithResponse(McpCallContext context) {
        return executeOperationWithResponse(context.message());
    }

    @Override
    public void executeOperationWithoutResponse(McpClientMessage message) {
        send(message, new CompletableFuture<>());
    }

    @Override
    public void executeOperationWithoutResponse(McpCallContext context) {
        executeOperationWithoutResponse(context.message());
    }

    private void send(McpClientMessage message, CompletableFuture<JsonNode> answer) {
        checkHealth();
        SandboxProcess to = Objects.requireNonNull(process, "process");
        try {
            byte[] line = (JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
            writer.execute(() -> write(to, line, answer));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the message is no JSON: " + e.getOriginalMessage(), e);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("closed, or the server has not read " + WAITING_MAX + " messages", e);
        }
    }

    private static void write(SandboxProcess to, byte[] line, CompletableFuture<JsonNode> answer) {
        try {
            to.getOutputStream().write(line);
            to.getOutputStream().flush();
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    /**
     * Looks whether the server runs.
     *
     * @throws IllegalStateException if it was not started or has ended
     */
    @Override
    public void checkHealth() {
        SandboxProcess server = process;
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        String why = failure;
        if (why != null || !server.isAlive()) {
            throw new IllegalStateException(why == null ? "the server has ended" : why);
        }
    }

    /**
     * Does nothing, as with LangChain4j's own transport over standard streams: a server that has ended is not started again.
     *
     * @param actionOnFailure ignored
     */
    @Override
    public void onFailure(Runnable actionOnFailure) {}

    /** Ends the server with all that it has started. */
    @Override
    public void close() {
        SandboxProcess server = process;
        if (server != null) {
            server.close();
        }
        writer.shutdownNow();
    }
}
