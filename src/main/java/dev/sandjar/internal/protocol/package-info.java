/** What goes over the socket to the launcher, as {@code src/main/native/protocol/protocol.h} has it. */
package dev.sandjar.internal.protocol;
