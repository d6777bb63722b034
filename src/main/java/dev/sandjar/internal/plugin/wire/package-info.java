/**
 * What host and worker have to agree on: contracts, how values become bytes, and frames. On {@code java.base} alone, since these
 * classes are packed into the worker's class path; not for users.
 */
package dev.sandjar.internal.plugin.wire;
