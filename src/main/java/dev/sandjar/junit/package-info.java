/**
 * Hermetic tests with JUnit Jupiter: {@link dev.sandjar.junit.SandboxExtension} injects sandboxes and cleans up after each test,
 * {@link dev.sandjar.junit.EnabledIfSandbox} skips what a host can't do, and {@link dev.sandjar.junit.SandboxAssertions} says what a
 * run should have come to. Needs {@code junit-jupiter-api}, which this library doesn't bring.
 */
package dev.sandjar.junit;
