/** Attacks on a sandbox from inside: the program that makes them, what it has to look for outside, and what its lines mean. */
package dev.sandjar.internal.verify;
