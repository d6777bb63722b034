/**
 * Plugins in Java virtual machines of their own, inside sandboxes: an interface of the host, an implementation that the host does not
 * trust, and calls through a proxy. Begin with {@link dev.sandjar.plugin.PluginPool}.
 */
@NullMarked
package dev.sandjar.plugin;

import org.jspecify.annotations.NullMarked;
