package dev.sandjar.adapters.pf4j;

import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginPoolBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.pf4j.ExtensionFactory;
import org.pf4j.ExtensionPoint;
import org.pf4j.PluginManager;
import org.pf4j.PluginWrapper;

/** Gives the extensions of plugins by pools of sandboxed workers; those of the application itself are refused. */
final class SandboxedExtensionFactory implements ExtensionFactory {
    private final PluginManager manager;
    private final Consumer<PluginPoolBuilder<?>> settings;
    private final Map<Class<?>, PluginPool<?>> pools = new HashMap<>();

    SandboxedExtensionFactory(PluginManager manager, Consumer<PluginPoolBuilder<?>> settings) {
        this.manager = manager;
        this.settings = settings;
    }

    @Override
    public <T> T create(Class<T> extensionClass) {
        return unchecked(pool(extensionClass).get());
    }

    /** PF4J has it as the extension point that was asked for, never as the class, whose type is only in its signature. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T> T unchecked(Object extension) {
        return (T) extension;
    }

    private synchronized PluginPool<?> pool(Class<?> extension) {
        PluginPool<?> pool = pools.get(extension);
        if (pool == null) {
            pool = build(point(extension), extension);
            pools.put(extension, pool);
        }
        return pool;
    }

    private PluginPool<?> build(Class<?> point, Class<?> extension) {
        PluginWrapper plugin = manager.whichPlugin(extension);
        if (plugin == null) {
            throw new IllegalArgumentException(
                    extension.getName() + " is of the application, allowed are extensions of plugins");
        }
        Path path = plugin.getPluginPath();
        try {
            PluginPoolBuilder<?> builder =
                    PluginPool.builder(point, extension.getName()).classPath(path, libraryOfPoints());
            settings.accept(builder);
            return builder.build();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot have workers for " + extension.getName() + ": " + e.getMessage(), e);
        }
    }

    /** Where workers find {@link ExtensionPoint} and annotations: contracts bring themselves, and not what they extend. */
    private static Path libraryOfPoints() {
        CodeSource source = ExtensionPoint.class.getProtectionDomain().getCodeSource();
        URL place = source == null ? null : source.getLocation();
        if (place == null || !place.getProtocol().equals("file")) {
            throw new IllegalStateException("workers need the jar of PF4J, and " + place + " is no file");
        }
        return Path.of(URI.create(place.toString()));
    }

    /** The one interface of the host's that it implements as an extension. */
    private static Class<?> point(Class<?> extension) {
        List<Class<?>> points = new ArrayList<>();
        for (Class<?> type : extension.getInterfaces()) {
            if (type != ExtensionPoint.class
                    && ExtensionPoint.class.isAssignableFrom(type)
                    && type.getClassLoader() != extension.getClassLoader()) {
                points.add(type);
            }
        }
        if (points.size() != 1) {
            throw new IllegalArgumentException(extension.getName() + " implements " + points
                    + ", allowed is one extension point of the application");
        }
        return points.get(0);
    }

    synchronized void close() {
        pools.values().forEach(PluginPool::close);
        pools.clear();
    }
}
