/** Ends TLS of programs inside for hosts whose requests are read, and puts credentials in: all of it in this JVM. */
@NullMarked
package dev.sandjar.internal.intercept;

import org.jspecify.annotations.NullMarked;
