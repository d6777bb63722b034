/**
 * Rules for the connections of a sandbox, and networks of several sandboxes: which ports it shares with the host ({@link
 * dev.sandjar.network.PortRule}), which hosts its programs reach by name ({@link dev.sandjar.network.EgressRule}), who decides on each
 * connection, what is reported of it, and how sandboxes reach each other ({@link dev.sandjar.network.SandboxNetwork}). {@link
 * dev.sandjar.Network} puts them together.
 */
@NullMarked
package dev.sandjar.network;

import org.jspecify.annotations.NullMarked;
