/**
 * Processes in a sandbox: a {@link dev.sandjar.SandboxBuilder} says what a process may see, a {@link dev.sandjar.Sandbox}
 * starts it, a {@link dev.sandjar.SandboxProcess} talks to it and an {@link dev.sandjar.ExitReport} says how it ended.
 *
 * <p>Nothing in this package accepts or returns {@code null}; what may be absent is an {@link java.util.Optional}. Text
 * for the kernel (arguments, environment, guest paths) is passed as UTF-8.
 */
@NullMarked
package dev.sandjar;

import org.jspecify.annotations.NullMarked;
