/** What this machine offers: facts, trials, and what to do about what is missing. */
package dev.sandjar.internal.host;
