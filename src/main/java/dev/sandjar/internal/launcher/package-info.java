/** The only place that talks to native code, and the owner of running processes. */
package dev.sandjar.internal.launcher;
