package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Names from archives, which are hostile, and whose characters are bytes. */
final class Names {
    private static final int NAME_MAX = 255;
    private static final int PATH_MAX = 4095;

    private Names() {}

    /** For messages. */
    static String shown(String name) {
        String text = new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.length() > 200 ? text.substring(0, 200) + "..." : text;
    }

    /**
     * The names on the way to an entry; empty for the root. What leads and what is superfluous is left out; ".." never has a
     * place in an image and is refused.
     *
     * @param about what is put into words for messages only
     */
    static List<String> split(String path, Object about, int depth) throws ImageException {
        List<String> parts = new ArrayList<>();
        if (path.indexOf('\0') >= 0) {
            throw new ImageException(about.toString(), "its name has a NUL character", "");
        }
        if (path.length() > PATH_MAX) {
            throw new ImageException(
                    about.toString(), "its name has " + path.length() + " bytes, Linux allows " + PATH_MAX, "");
        }
        // Not split() and join(): a layer has few names for the JIT to compile those for.
        for (int start = 0; start < path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            String part = path.substring(start, end);
            start = end + 1;
            if (part.equals("..")) {
                throw new ImageException(
                        about.toString(), "its name leads upwards", "images that need this are made to escape");
            }
            if (part.length() > NAME_MAX) {
                throw new ImageException(about.toString(), "a name in it has more than " + NAME_MAX + " bytes", "");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (parts.size() > depth) {
            throw new ImageException(
                    about.toString(),
                    "it lies " + parts.size() + " deep, allowed are " + depth,
                    "raise ImageLimits.depth");
        }
        return parts;
    }

    static String join(List<String> parts) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                path.append('/');
            }
            path.append(parts.get(i));
        }
        return path.toString();
    }

    /** The path of what has that name in a directory; {@code parent} is empty for the root. */
    static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "/" + name;
    }
}
