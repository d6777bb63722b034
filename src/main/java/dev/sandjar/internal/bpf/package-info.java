/** Filters on system calls: profiles, their compilation to BPF, and what a compiled filter says. */
package dev.sandjar.internal.bpf;
