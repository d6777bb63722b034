/** The launcher process: its program, how it is started, and the connection to it. */
package dev.sandjar.internal.launcher;
