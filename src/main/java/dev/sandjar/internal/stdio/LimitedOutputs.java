package dev.sandjar.internal.stdio;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.IoThreads;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Everything that one program writes to and one limit counts: streams that somebody reads, and copies to files and the like. */
final class LimitedOutputs {
    /** For a file, more than enough; a pipe of the host's whose reader has stopped could take for ever. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final long READ_MILLIS = 100;

    private final OutputLimit limit;
    private final List<LimitedInput> inputs = new ArrayList<>();
    private final List<OutputPump> pumps = new ArrayList<>();

    LimitedOutputs(OutputLimit limit) {
        this.limit = limit;
    }

    /** As it is if there is no limit. */
    static InputStream counted(@Nullable LimitedOutputs outputs, InputStream in) {
        return outputs == null ? in : outputs.counted(in);
    }

    private InputStream counted(InputStream in) {
        LimitedInput limited = new LimitedInput(in, limit);
        inputs.add(limited);
        return limited;
    }

    OutputLimit limit() {
        return limit;
    }

    void add(OutputPump pump) {
        pumps.add(pump);
    }

    void begin() {
        pumps.forEach(OutputPump::begin);
    }

    /** Instead of {@link #begin()}. */
    void drop() {
        pumps.forEach(OutputPump::drop);
    }

    /**
     * To be called when the program has ended: completes, never exceptionally, as soon as what it wrote has reached its files and the
     * limit knows whether it was too much, with what has kept output from being written, if anything has. What a stopped reader of the
     * host's own output keeps from being written is waited for 5 seconds only, and written later.
     */
    CompletableFuture<Optional<SandboxException>> settle() {
        List<CompletableFuture<Optional<SandboxException>>> passed =
                pumps.stream().map(OutputPump::finish).toList();
        List<CompletableFuture<?>> parts = new ArrayList<>(passed);
        parts.add(countUnread());
        return IoThreads.orAfter(CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)), null, PATIENCE)
                .thenApply(done -> passed.stream()
                        .map(part -> part.getNow(Optional.empty()))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    /** A program may end before anybody has read what it wrote: its verdict must not depend on who was faster. */
    private CompletableFuture<Void> countUnread() {
        CompletableFuture<Void> counted = new CompletableFuture<>();
        if (inputs.stream().noneMatch(LimitedInput::isBusy)) {
            count(0);
            counted.complete(null);
            return counted;
        }
        // Not in the caller's thread, on which all ends arrive.
        IoThreads.background(() -> {
            try {
                count(READ_MILLIS);
            } finally {
                counted.complete(null);
            }
        });
        return counted;
    }

    private void count(long patience) {
        long unread = 0;
        try {
            for (LimitedInput input : inputs) {
                unread += input.unread(patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        limit.expect(unread);
    }
}
