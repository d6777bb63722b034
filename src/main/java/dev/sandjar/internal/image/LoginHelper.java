package dev.sandjar.internal.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program {@code docker-credential-NAME} that keeps credentials: {@code get} with the address of a registry on its standard input writes
 * them as JSON.
 */
record LoginHelper(String name, String programs, Path file) {
    private static final Logger LOG = LoggerFactory.getLogger(LoginHelper.class);
    /** Enough to unlock a store of keys by hand. */
    private static final long SECONDS = 120;

    private static final int ANSWER_MAX = 1 << 16;
    private static final int WORDS_MAX = 200;
    private static final String ABSENT = "credentials not found";
    /** A user of this name means that the secret is a token. */
    private static final String TOKEN = "<token>";

    /** Null if it has none for that address. */
    @Nullable
    Login of(String address) throws IOException {
        Process process = new ProcessBuilder(program().toString(), "get")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Future<byte[]> reading =
                    IoThreads.submit(() -> BoundedReads.bytes(process.getInputStream(), ANSWER_MAX, "its answer"));
            give(process, address);
            byte[] answer = reading.get(SECONDS, TimeUnit.SECONDS);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw failure("it does not end", null);
            }
            return read(new String(answer, StandardCharsets.UTF_8), process.exitValue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while asking " + this);
        } catch (TimeoutException e) {
            throw failure("it gives no answer within " + SECONDS + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw failure(String.valueOf(cause == null ? e.getMessage() : cause.getMessage()), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private Path program() throws ImageException {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw failure("its name can't be that of a program", null);
        }
        for (String directory : programs.split(":")) {
            Path program = directory.startsWith("/") ? Path.of(directory, "docker-credential-" + name) : null;
            if (program != null && Files.isExecutable(program) && Files.isRegularFile(program)) {
                return program;
            }
        }
        throw failure("it is not installed", null);
    }

    private void give(Process process, String address) {
        try (OutputStream to = process.getOutputStream()) {
            to.write(address.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // What it says instead of reading is what counts.
            LOG.debug("The {} did not read the address of the registry", this, e);
        }
    }

    private @Nullable Login read(String answer, int exit) throws ImageException {
        if (exit != 0) {
            String words = answer.strip();
            if (words.toLowerCase(java.util.Locale.ROOT).contains(ABSENT)) {
                return null;
            }
            throw failure(
                    "it ends with " + exit + ": "
                            + (words.length() > WORDS_MAX ? words.substring(0, WORDS_MAX) + "..." : words),
                    null);
        }
        try {
            JsonNode node = Json.mapper().readTree(answer);
            if (node != null && node.isObject()) {
                String user = node.path("Username").asText("");
                String secret = node.path("Secret").asText("");
                return user.isEmpty()
                        ? null
                        : user.equals(TOKEN) ? Login.identity(secret) : Login.password(user, secret);
            }
        } catch (JsonProcessingException e) {
            // Its message quotes the answer, which may have a secret.
        }
        throw failure("its answer is not a JSON object", null);
    }

    private ImageException failure(String problem, @Nullable Exception cause) {
        ImageException failure = new ImageException(
                toString(), problem, "mend or remove it, or use Registry.anonymous(), which asks nobody");
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }

    @Override
    public String toString() {
        return "credential helper docker-credential-" + name + ", which " + file + " names";
    }
}
