/** Which sockets and connections the rules for ports of a network come to. */
@NullMarked
package dev.sandjar.internal.network;

import org.jspecify.annotations.NullMarked;
