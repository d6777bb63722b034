/** Sandjar behind PF4J. */
@NullMarked
package dev.sandjar.adapters.pf4j;

import org.jspecify.annotations.NullMarked;
