package dev.sandjar.oci;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lines at the end of a file in TOML, between two comments. A table at the end touches no other; what is above is never read, but for its
 * version.
 */
final class TomlBlock {
    static final int NEW_VERSION = 3;
    private static final int OLD_VERSION = 2;
    private static final Pattern VERSION =
            Pattern.compile("(?m)^[ \\t]*version[ \\t]*=[ \\t]*([0-9]+)[ \\t]*(?:#.*)?$");

    private TomlBlock() {}

    private static String begin(String name) {
        return "# " + name + ": written by sandjar-oci install, removed by sandjar-oci uninstall\n";
    }

    private static String end(String name) {
        return "# " + name + ": end\n";
    }

    static String quoted(Path path) {
        return "\"" + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** That of containerd's configuration; 2 for a file that is not there. */
    static int version(String text) throws IOException {
        if (text.isEmpty()) {
            return OLD_VERSION;
        }
        Matcher matcher = VERSION.matcher(text);
        int version = matcher.find() && matcher.group(1).length() == 1 ? Integer.parseInt(matcher.group(1)) : 1;
        if (version != OLD_VERSION && version != NEW_VERSION) {
            throw new IOException("it says version " + version + ", and 2 or 3 is known; containerd migrates a file by"
                    + " \"containerd config migrate\"");
        }
        return version;
    }

    static Optional<String> with(String text, String name, String lines) {
        String block = begin(name) + lines + end(name);
        if (text.contains(block)) {
            return Optional.empty();
        }
        String rest = without(text, name).orElse(text);
        String gap = rest.isEmpty() || rest.endsWith("\n") ? "" : "\n";
        return Optional.of(rest + gap + block);
    }

    static Optional<String> without(String text, String name) {
        int begin = text.indexOf(begin(name));
        int end = begin < 0 ? -1 : text.indexOf(end(name), begin);
        if (end < 0) {
            return Optional.empty();
        }
        return Optional.of(
                text.substring(0, begin) + text.substring(end + end(name).length()));
    }
}
