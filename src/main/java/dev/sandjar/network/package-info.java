/**
 * Ports that a sandbox and its host share: which there are, who decides on each connection, and what is reported of it. See {@link
 * dev.sandjar.Network}.
 */
@NullMarked
package dev.sandjar.network;

import org.jspecify.annotations.NullMarked;
