/**
 * Settings of the kernel that few sandboxes need: disks and devices, scheduling, sets of capabilities, pressure, the paths of cgroups. All
 * types are immutable values, for {@link dev.sandjar.SandboxBuilder}, {@link dev.sandjar.Limits}, {@link dev.sandjar.ProcessAttributes}
 * and {@link dev.sandjar.SandboxProcess}.
 */
@NullMarked
package dev.sandjar.linux;

import org.jspecify.annotations.NullMarked;
