/** A running program as its user has it: the handle, its report, what it uses, and what its limits do. */
package dev.sandjar.internal.process;
