/** The standard streams and other descriptors of programs: pipes, terminals, and limits of output. */
package dev.sandjar.internal.stdio;
