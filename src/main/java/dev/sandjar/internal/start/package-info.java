/** Starts of sandboxes and programs, from the plan to the running process, through the launcher of this JVM. */
package dev.sandjar.internal.start;
