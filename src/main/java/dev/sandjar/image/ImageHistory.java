package dev.sandjar.image;

import java.time.Instant;
import java.util.Optional;

/**
 * One step of how an image was made, as the image says ({@code config.md} of the OCI image specification, "history"). An immutable value.
 *
 * @param created when the step was done; empty if the image does not say
 * @param createdBy the command that did it; may be empty
 * @param comment a text of whoever made the image; may be empty
 * @param layer whether the step made a layer
 */
public record ImageHistory(Optional<Instant> created, String createdBy, String comment, boolean layer) {}
