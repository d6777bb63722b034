package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files of the host, opened close-on-exec by their exact names, which on Linux are bytes and need not be UTF-8. */
final class HostFiles {
    private static final int MODE = 0666;

    private HostFiles() {}

    static int open(Kernel kernel, String step, File file, int flags) throws SandboxException {
        Path path;
        try {
            path = file.toPath();
        } catch (InvalidPathException e) {
            throw new SandboxException(
                    step,
                    null,
                    file.getPath(),
                    0,
                    "this JVM's file name encoding (" + System.getProperty("sun.jnu.encoding") + ") has no such name",
                    "start java in a UTF-8 locale, such as LC_ALL=C.UTF-8");
        }
        return open(kernel, step, path, flags);
    }

    static int open(Kernel kernel, String step, Path path, int flags) throws SandboxException {
        return Calls.check(kernel.open(bytes(path), flags, MODE), step, "open", path.toString());
    }

    /** The absolute name as the kernel knows it. A Path has the bytes, but shows them only inside its URI. */
    static byte[] bytes(Path path) {
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
        return out.toByteArray();
    }
}
