/** Tiny things that every package of Sandjar shares; not for users. */
package dev.sandjar.internal.util;
