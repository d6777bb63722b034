package dev.sandjar.internal.bpf;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.seccomp.SeccompProfile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The profiles that come along. */
public final class BuiltIns {
    private BuiltIns() {}

    public static SeccompProfile standard() {
        return Standard.POLICY;
    }

    public static SeccompProfile strict() {
        return Strict.POLICY;
    }

    /** Read when first asked for. */
    private static final class Standard {
        static final SeccompProfile POLICY = profile("standard");
    }

    private static final class Strict {
        static final SeccompProfile POLICY = profile("strict");
    }

    private static SeccompProfile profile(String name) {
        SeccompProfile read = read(name);
        return read.rules(RefusedArguments.before(read.rules()));
    }

    static SeccompProfile read(String name) {
        try (InputStream in = BuiltIns.class.getResourceAsStream(name + ".profile")) {
            if (in == null) {
                throw new IllegalStateException(name + ".profile is missing in the jar");
            }
            String text =
                    new String(BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, name), StandardCharsets.US_ASCII);
            return ProfileText.read(name, text.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
