/**
 * Bundles of the OCI runtime specification: config.json read into a {@link dev.sandjar.Sandbox} and written back, and containers with the
 * specification's life cycle.
 */
package dev.sandjar.oci;
