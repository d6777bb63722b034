/**
 * Filters on system calls ({@code seccomp(2)}): profiles and the rules that they are made of, handlers that decide on calls on the host,
 * and what was refused or learned. All types are immutable values, except for {@link dev.sandjar.seccomp.SeccompProfile.Builder}, and
 * {@link dev.sandjar.seccomp.SyscallCall}, which is usable while its handler runs.
 */
@NullMarked
package dev.sandjar.seccomp;

import org.jspecify.annotations.NullMarked;
