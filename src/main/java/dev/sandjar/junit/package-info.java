/**
 * Hermetic tests with JUnit Jupiter: {@link dev.sandjar.junit.SandboxExtension} provides sandboxes and cleans up after each test,
 * {@link dev.sandjar.junit.Cluster} has a network with members that can be made to fail, {@link dev.sandjar.junit.EnabledIfSandbox} skips tests that a host can't run, and {@link dev.sandjar.junit.SandboxAssertions} checks how
 * a run ended and what it wrote. The package needs {@code org.junit.jupiter:junit-jupiter-api}, which this library doesn't bring.
 */
@NullMarked
package dev.sandjar.junit;

import org.jspecify.annotations.NullMarked;
