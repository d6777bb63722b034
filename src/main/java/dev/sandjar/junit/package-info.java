/**
 * Hermetic tests with JUnit Jupiter: {@link dev.sandjar.junit.SandboxExtension} injects sandboxes and cleans up after each test,
 * {@link dev.sandjar.junit.EnabledIfSandbox} skips what a host can't do, and {@link dev.sandjar.junit.SandboxAssertions} says what a
 * run should have come to. Needs {@code junit-jupiter-api}, which this library doesn't bring.
 */
@NullMarked
package dev.sandjar.junit;

import org.jspecify.annotations.NullMarked;
