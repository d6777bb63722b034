/** Networks that plugins of CNI set up: configurations, runs of plugins, what they answer, and what is kept to have it removed. */
@NullMarked
package dev.sandjar.internal.cni;

import org.jspecify.annotations.NullMarked;
