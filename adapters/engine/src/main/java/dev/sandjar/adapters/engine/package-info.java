/** A policy of Sandjar that is carried out by a container engine, which the caller names. */
@NullMarked
package dev.sandjar.adapters.engine;

import org.jspecify.annotations.NullMarked;
