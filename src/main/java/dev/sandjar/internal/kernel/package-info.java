/** The only place that calls native code: the system calls that the JDK lacks. */
package dev.sandjar.internal.kernel;
