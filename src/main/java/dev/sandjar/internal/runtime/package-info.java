/** What the OCI runtime command asks Java for. */
@NullMarked
package dev.sandjar.internal.runtime;

import org.jspecify.annotations.NullMarked;
