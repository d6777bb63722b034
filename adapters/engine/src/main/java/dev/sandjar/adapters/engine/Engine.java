package dev.sandjar.adapters.engine;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import dev.sandjar.SandboxException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * A container engine of Docker at a Unix socket; Podman's service is refused at each start.
 * Whoever may write to that socket is root where the engine runs as root: never hand it to a sandbox. Instances are thread-safe and keep
 * connections open until {@link #close()}.
 */
public final class Engine implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final Path socket;
    private final DockerClient client;

    private Engine(Path socket, DockerClient client) {
        this.socket = socket;
        this.client = client;
    }

    /**
     * Returns the engine behind a socket. Nothing is asked of it yet.
     *
     * @param socket absolute path of a Unix socket, such as {@code /var/run/docker.sock}; neither {@code
     *     DOCKER_HOST} nor any configuration file is read
     * @return the engine
     * @throws IllegalArgumentException if the path is not absolute
     */
    public static Engine docker(Path socket) {
        Objects.requireNonNull(socket, "socket");
        if (!socket.isAbsolute()) {
            throw new IllegalArgumentException("socket is " + socket + ", allowed is an absolute path");
        }
        DefaultDockerClientConfig config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost("unix://" + socket)
                .withDockerTlsVerify(false)
                .build();
        ZerodepDockerHttpClient http = new ZerodepDockerHttpClient.Builder()
                .dockerHost(config.getDockerHost())
                .connectionTimeout(CONNECT_TIMEOUT)
                .maxConnections(Integer.MAX_VALUE)
                .build();
        return new Engine(socket, DockerClientImpl.getInstance(config, http));
    }

    Path socket() {
        return socket;
    }

    DockerClient client() {
        return client;
    }

    /** What the engine is asked. */
    interface Request<T> {
        T ask(DockerClient client);
    }

    /** Asks the engine; what it or the connection says is the cause of the exception. */
    <T> T ask(String step, Request<T> request) throws SandboxException {
        try {
            return request.ask(client);
        } catch (DockerException e) {
            throw failure(step, "the engine answered " + e.getHttpStatus() + ": " + first(e), e);
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw failure(step, "the engine could not be asked: " + first(cause), e);
        }
    }

    private SandboxException failure(String step, String cause, Exception e) {
        SandboxException failure = new SandboxException(
                step, null, socket.toString(), 0, cause, "see that an engine listens there, and has what is asked for");
        failure.initCause(e);
        return failure;
    }

    private static String first(Throwable e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message.strip();
    }

    /** Closes the connections. Sandboxes that run on are lost sight of: end them before. */
    @Override
    public void close() throws IOException {
        client.close();
    }

    @Override
    public String toString() {
        return "engine at " + socket;
    }
}
