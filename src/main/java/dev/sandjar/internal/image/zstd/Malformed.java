package dev.sandjar.internal.image.zstd;

import java.io.IOException;

/** Data that no encoder writes, or that takes more than is given to it. */
final class Malformed extends IOException {
    private static final long serialVersionUID = 1L;
    /** What helps; may be empty. */
    private final String remedy;

    Malformed(String problem) {
        this("its zstd data is malformed: " + problem, "");
    }

    Malformed(String problem, String remedy) {
        super(problem);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
