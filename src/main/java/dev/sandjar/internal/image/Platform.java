package dev.sandjar.internal.image;

import java.util.Locale;

/**
 * For which machines an image is made.
 *
 * @param variant such as "v8"; empty if none is said
 */
public record Platform(String os, String architecture, String variant) {
    /** This machine. */
    static Platform host() {
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "amd64", "x86_64" -> new Platform("linux", "amd64", "");
            case "aarch64", "arm64" -> new Platform("linux", "arm64", "");
            default -> new Platform("linux", arch, "");
        };
    }

    /** {@code OS/ARCHITECTURE[/VARIANT]}. */
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3 || !text.matches("[a-z0-9_./-]{1,100}")) {
            throw new IllegalArgumentException("platform \"" + text + "\" is not OS/ARCHITECTURE[/VARIANT]");
        }
        return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
    }

    /** How well an image for {@code offered} runs here: 0 not at all, more is better. */
    int fit(Platform offered) {
        if (!os.equals(offered.os) || !architecture.equals(offered.architecture)) {
            return 0;
        }
        String mine = variant.isEmpty() && architecture.equals("arm64") ? "v8" : variant;
        String theirs = offered.variant.isEmpty() && architecture.equals("arm64") ? "v8" : offered.variant;
        if (mine.equals(theirs)) {
            return 3;
        }
        return theirs.isEmpty() ? 2 : mine.isEmpty() ? 1 : 0;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
