package dev.sandjar.internal.cni;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Versions of the specification that are spoken here, in their order. */
enum CniVersion {
    V0_4_0("0.4.0"),
    V1_0_0("1.0.0"),
    V1_1_0("1.1.0");

    private final String text;

    CniVersion(String text) {
        this.text = text;
    }

    /** Null if it is none of these. */
    static @Nullable CniVersion of(String text) {
        return Arrays.stream(values())
                .filter(version -> version.text.equals(text))
                .findFirst()
                .orElse(null);
    }

    static String names() {
        return Arrays.stream(values()).map(CniVersion::toString).collect(Collectors.joining(", "));
    }

    /** Whether plugins know STATUS and GC. */
    boolean hasStatus() {
        return this == V1_1_0;
    }

    @Override
    public String toString() {
        return text;
    }
}
