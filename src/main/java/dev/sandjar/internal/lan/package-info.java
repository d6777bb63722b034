/** Networks of several sandboxes: which addresses and names members have, and what the kernel is asked for them. */
@NullMarked
package dev.sandjar.internal.lan;

import org.jspecify.annotations.NullMarked;
