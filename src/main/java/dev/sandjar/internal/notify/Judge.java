package dev.sandjar.internal.notify;

import dev.sandjar.Denial;
import java.util.List;

/** Decides on the calls of one program and its descendants, one after the other. */
public interface Judge {
    /** What becomes of {@code call}; an exception refuses it. */
    Answer judge(Call call) throws Exception;

    /** What was refused so far. */
    default List<Denial> denials() {
        return List.of();
    }
}
