package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.CapabilityShape;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Decoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One call of the plugin, and what the host passes to it for that by reference. */
final class Call implements Decoder.CapabilityUse {
    final int id;
    final ContractMethod method;

    @Nullable
    Object[] arguments = {};
    /** Guarded by the worker. */
    @Nullable
    Thread thread;

    private final Worker worker;
    private List<FileArgument> files = List.of();

    Call(Worker worker, int id, ContractMethod method) {
        this.worker = worker;
        this.id = id;
        this.method = method;
    }

    /** A file whose content comes when the call is executed: while its arguments are read, nobody could answer. */
    private record FileArgument(int argument, int handle) {}

    @Override
    public Object use(CapabilityShape shape, int handle) {
        return switch (shape.kind()) {
            case INPUT -> new HostInput(worker, handle);
            case OUTPUT -> new HostOutput(worker, handle);
            case FILE -> new FileOfHost(handle);
            case CALLBACK ->
                Proxy.newProxyInstance(
                        shape.callback().type().getClassLoader(),
                        new Class<?>[] {shape.callback().type()},
                        new HostCallback(worker, shape.callback(), handle));
        };
    }

    /** Stands for a file until its content is there. */
    private record FileOfHost(int handle) {}

    /** Copies the files that were passed to a private place. */
    void open() throws IOException {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof FileOfHost file) {
                if (files.isEmpty()) {
                    files = new ArrayList<>();
                }
                files.add(new FileArgument(i, file.handle()));
                Path copy = Files.createTempFile("plugin", ".in");
                arguments[i] = copy;
                try (InputStream in = new HostInput(worker, file.handle())) {
                    Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** Removes them again. */
    void close() {
        for (FileArgument file : files) {
            try {
                if (arguments[file.argument()] instanceof Path copy) {
                    Files.deleteIfExists(copy);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
