/**
 * Checks of what a sandbox promises: {@link dev.sandjar.verify.Attestation} has the results of attacks from inside, {@link
 * dev.sandjar.verify.Hermeticity} those of running a command again in changed surroundings.
 */
@NullMarked
package dev.sandjar.verify;

import org.jspecify.annotations.NullMarked;
