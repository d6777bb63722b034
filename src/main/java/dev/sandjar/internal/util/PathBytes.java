package dev.sandjar.internal.util;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A path of the host as the kernel knows it. Linux names are bytes; a {@link Path} has them, but shows them only inside its URI: its text
 * is what the encoding of this JVM makes of them, which may be another name.
 */
public final class PathBytes {
    private static final String HEX = "0123456789ABCDEF";

    private PathBytes() {}

    /**
     * The absolute name, without a slash at its end.
     *
     * @throws IllegalArgumentException if it is not a path of the host's own files
     */
    public static byte[] of(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(path + " is not a path of the host: it belongs to "
                    + path.getFileSystem().provider().getScheme() + ":");
        }
        String escaped = path.toUri().getRawPath();
        ByteArrayOutputStream out = new ByteArrayOutputStream(escaped.length());
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '%') {
                out.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
                i += 2;
            } else {
                out.write(c);
            }
        }
        byte[] bytes = out.toByteArray();
        int length = bytes.length;
        // The JDK puts one behind the names of directories.
        while (length > 1 && bytes[length - 1] == '/') {
            length--;
        }
        return Arrays.copyOf(bytes, length);
    }

    /** What a link says, which may be relative. */
    public static byte[] ofLink(Path target) {
        if (target.isAbsolute()) {
            return of(target);
        }
        byte[] below = of(Path.of("/").resolve(target));
        return Arrays.copyOfRange(below, 1, below.length);
    }

    /** The path of an absolute name. */
    public static Path path(byte[] name) {
        StringBuilder uri = new StringBuilder("file://");
        for (byte b : name) {
            int c = b & 0xff;
            if (c == '/' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                uri.append((char) c);
            } else {
                uri.append('%').append(HEX.charAt(c >>> 4)).append(HEX.charAt(c & 15));
            }
        }
        return Path.of(URI.create(uri.toString()));
    }

    /** For messages, whatever the locale: UTF-8 is shown as it is, other bytes and invisible characters are escaped. */
    public static String shown(Path path) {
        return path.getFileSystem() == FileSystems.getDefault() ? shown(of(path)) : path.toString();
    }

    /** The same of a name. */
    public static String shown(byte[] name) {
        String text = FileNames.decode(name);
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c >= 0xdc80 && c <= 0xdcff) {
                out.append("\\x").append(Integer.toHexString(c & 0xff));
            } else {
                out.append(Printable.line(Character.toString(c)));
            }
        });
        return out.toString();
    }
}
