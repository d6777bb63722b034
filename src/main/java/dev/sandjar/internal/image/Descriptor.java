package dev.sandjar.internal.image;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names a content: {@code descriptor.md} of the OCI image specification.
 *
 * @param platform of what an index lists; null if it does not say
 */
public record Descriptor(
        String mediaType, Digest digest, long size, Map<String, String> annotations, @Nullable Platform platform) {
    static final String REF_NAME = "org.opencontainers.image.ref.name";

    public Descriptor {
        annotations = java.util.Collections.unmodifiableMap(new TreeMap<>(annotations));
    }

    static Descriptor of(String mediaType, Digest digest, long size) {
        return new Descriptor(mediaType, digest, size, Map.of(), null);
    }

    static Descriptor of(String mediaType, byte[] content) {
        return of(mediaType, Digest.of(content), content.length);
    }

    Descriptor annotated(String key, String value) {
        Map<String, String> more = new TreeMap<>(annotations);
        more.put(key, value);
        return new Descriptor(mediaType, digest, size, more, platform);
    }
}
