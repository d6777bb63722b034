package dev.sandjar.internal.host;

import dev.sandjar.Capability;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A set of capabilities as /proc/PID/status has it, in hexadecimal ({@code capabilities(7)}). Immutable. */
record CapabilityMask(long bits) {
    private static final Pattern TEXT = Pattern.compile("[0-9a-f]{16}");

    /** Null if the text is none, as where there is no such file. */
    static @Nullable CapabilityMask parse(String text) {
        return TEXT.matcher(text).matches() ? new CapabilityMask(Long.parseUnsignedLong(text, 16)) : null;
    }

    boolean has(Capability capability) {
        return (bits >>> capability.number() & 1) != 0;
    }
}
