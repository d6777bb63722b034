/**
 * Filters on system calls ({@code seccomp(2)}): profiles and the rules that they are made of, handlers that decide on calls on the host,
 * and what was refused or learned. Everything here is an immutable value, except for builders.
 */
@NullMarked
package dev.sandjar.seccomp;

import org.jspecify.annotations.NullMarked;
