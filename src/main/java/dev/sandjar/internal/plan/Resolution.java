package dev.sandjar.internal.plan;

import dev.sandjar.Explanation;
import dev.sandjar.UnsupportedIsolationException;
import org.jspecify.annotations.Nullable;

/**
 * What a policy comes to on a host.
 *
 * @param plan null exactly when {@code refusal} is not
 */
public record Resolution(
        Explanation explanation, @Nullable Plan plan, @Nullable UnsupportedIsolationException refusal) {}
