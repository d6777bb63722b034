/** JSON that may have been written to be misunderstood, and policies in it. */
@NullMarked
package dev.sandjar.internal.json;

import org.jspecify.annotations.NullMarked;
