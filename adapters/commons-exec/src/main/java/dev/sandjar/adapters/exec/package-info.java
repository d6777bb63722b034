/** Sandjar behind Apache Commons Exec. */
@NullMarked
package dev.sandjar.adapters.exec;

import org.jspecify.annotations.NullMarked;
