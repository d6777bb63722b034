package dev.sandjar.internal.plan;

import dev.sandjar.Limits;
import dev.sandjar.internal.cgroup.LiveGroup;
import java.io.IOException;

/** Changes the limits of one running sandbox, whose present ones it knows. */
@FunctionalInterface
public interface LimitUpdate {
    void apply(LiveGroup group, Limits change) throws IOException;
}
