/** Starts of a policy: its plan for this host, its runs, and the roots that they need. */
package dev.sandjar.internal.engine;
