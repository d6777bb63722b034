/** What came of attacks on a sandbox, and of running a command in changed surroundings. */
@NullMarked
package dev.sandjar.verify;

import org.jspecify.annotations.NullMarked;
