/** Change sets: what a sandbox has written to its root, as files that were created, modified and deleted. */
@NullMarked
package dev.sandjar.changes;

import org.jspecify.annotations.NullMarked;
