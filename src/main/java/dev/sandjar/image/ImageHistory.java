package dev.sandjar.image;

import java.time.Instant;
import java.util.Optional;

/**
 * One step of how an image was made, by its own account.
 *
 * @param created when
 * @param createdBy the command; may be empty
 * @param comment may be empty
 * @param layer whether it made a layer
 */
public record ImageHistory(Optional<Instant> created, String createdBy, String comment, boolean layer) {}
