/** Plans that are written to a file, for the command {@code sandjar-run}, which carries them out without Java. */
@NullMarked
package dev.sandjar.internal.frozen;

import org.jspecify.annotations.NullMarked;
