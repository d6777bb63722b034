/** What this machine can do, found by doing it in processes that are thrown away. */
package dev.sandjar.internal.probe;
