/** What a sandbox has written: which files were created, modified and deleted. */
@NullMarked
package dev.sandjar.changes;

import org.jspecify.annotations.NullMarked;
