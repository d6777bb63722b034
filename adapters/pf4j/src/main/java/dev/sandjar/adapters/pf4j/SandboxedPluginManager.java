package dev.sandjar.adapters.pf4j;

import dev.sandjar.plugin.PluginPoolBuilder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pf4j.ExtensionFactory;
import org.pf4j.JarPluginManager;
import org.pf4j.Plugin;
import org.pf4j.PluginFactory;

/**
 * A {@link JarPluginManager} that runs no code of its plugins. Their extensions live in sandboxed workers ({@link
 * dev.sandjar.plugin.PluginPool}), a pool for each class; the plugin's own class is never made. An extension implements one extension
 * point of the application, whose methods take and give what a contract may ({@link dev.sandjar.plugin.PluginPool#builder}). Extensions
 * that the application itself has are refused.
 *
 * <p>Close it, which ends the workers.
 */
public class SandboxedPluginManager extends JarPluginManager implements AutoCloseable {
    // Without an initial value: the constructor of the parent has set it by then.
    private @Nullable SandboxedExtensionFactory extensions;
    private @Nullable Consumer<PluginPoolBuilder<?>> settings;

    /**
     * Makes a manager of the plugins in directories.
     *
     * @param settings changes what workers have, such as {@code pool -> pool.warm(1)}; it is called once for each class of an extension
     * @param roots the directories that have the jars
     */
    public SandboxedPluginManager(Consumer<PluginPoolBuilder<?>> settings, Path... roots) {
        super(roots);
        this.settings = settings;
    }

    private void configure(PluginPoolBuilder<?> builder) {
        Consumer<PluginPoolBuilder<?>> given = settings;
        if (given != null) {
            given.accept(builder);
        }
    }

    /** {@return what gives extensions from workers} */
    @Override
    protected ExtensionFactory createExtensionFactory() {
        // The constructor of the parent asks for it.
        SandboxedExtensionFactory factory = new SandboxedExtensionFactory(this, this::configure);
        extensions = factory;
        return factory;
    }

    /** {@return what makes a plugin that does nothing, whatever class its descriptor names} */
    @Override
    protected PluginFactory createPluginFactory() {
        return wrapper -> new Plugin() {};
    }

    /** Ends all workers. Extensions that were given fail from then on. */
    @Override
    public void close() {
        SandboxedExtensionFactory factory = extensions;
        if (factory != null) {
            factory.close();
        }
    }
}
