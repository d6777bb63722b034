/**
 * Plugins in sandboxes: the host owns an interface, calls an implementation that it does not trust through a proxy, and the
 * implementation runs in a process of its own. {@link dev.sandjar.plugin.PluginPool} has plugins in Java, {@link
 * dev.sandjar.plugin.CommandPlugin} those in other languages.
 */
@NullMarked
package dev.sandjar.plugin;

import org.jspecify.annotations.NullMarked;
