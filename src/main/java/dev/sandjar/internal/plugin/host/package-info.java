/** The host's side of plugins: channels, workers, and the files that workers are started from; not for users. */
package dev.sandjar.internal.plugin.host;
