package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The name of a content by its hash, as {@code descriptor.md} of the OCI image specification writes it. Only what is written in the
 * one canonical way is taken, so that it can be the name of a file.
 *
 * @param algorithm sha256 or sha512
 * @param hex in lower case
 */
public record Digest(String algorithm, String hex) {
    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern SHA512 = Pattern.compile("sha512:[0-9a-f]{128}");

    public static Digest parse(String text, String subject) throws ImageException {
        if (!SHA256.matcher(text).matches() && !SHA512.matcher(text).matches()) {
            throw new ImageException(
                    subject,
                    "\"" + shortened(text) + "\" is not a digest",
                    "expected is sha256: or sha512: and hex digits");
        }
        int colon = text.indexOf(':');
        return new Digest(text.substring(0, colon), text.substring(colon + 1));
    }

    private static String shortened(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    public static Digest of(byte[] content) {
        Digest none = new Digest("sha256", "");
        return none.is(none.start().digest(content));
    }

    /** Such a hash, to be fed. */
    public MessageDigest start() {
        try {
            return MessageDigest.getInstance(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no " + algorithm.toUpperCase(Locale.ROOT), e);
        }
    }

    /** What came of {@link #start()}. */
    public Digest is(byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    public String path() {
        return algorithm + "/" + hex;
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
