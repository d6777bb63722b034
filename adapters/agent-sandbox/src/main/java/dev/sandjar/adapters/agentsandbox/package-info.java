/** Sandjar behind the Spring AI community's agent-sandbox. */
@NullMarked
package dev.sandjar.adapters.agentsandbox;

import org.jspecify.annotations.NullMarked;
