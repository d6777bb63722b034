/** The launcher process, and the owner of running processes. */
package dev.sandjar.internal.launcher;
