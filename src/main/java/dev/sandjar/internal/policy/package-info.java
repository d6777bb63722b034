/** Immutable values that say what was asked for. Nothing here does I/O or knows a host. */
package dev.sandjar.internal.policy;
