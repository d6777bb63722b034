/**
 * Knobs of the kernel that few sandboxes need: disks and devices, scheduling, sets of capabilities, pressure, the paths of cgroups. Each
 * is an immutable value, handed to {@link dev.sandjar.SandboxBuilder}, {@link dev.sandjar.Limits} or {@link dev.sandjar.SandboxProcess}.
 */
@NullMarked
package dev.sandjar.linux;

import org.jspecify.annotations.NullMarked;
