/**
 * Bundles of the OCI runtime specification: config.json read into a {@link dev.sandjar.Sandbox} and written back, and containers with the
 * specification's life cycle.
 */
@NullMarked
package dev.sandjar.oci;

import org.jspecify.annotations.NullMarked;
