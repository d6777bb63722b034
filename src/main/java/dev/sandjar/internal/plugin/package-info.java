/** The door between {@code dev.sandjar.plugin} and what carries it out, which is below. */
package dev.sandjar.internal.plugin;
