/**
 * The program inside a worker: it makes the plugin and executes calls. On {@code java.base} alone, and sparing with what costs time at
 * the start: no lambdas, no concatenation of texts before the first call. Not for users.
 */
package dev.sandjar.internal.plugin.worker;
