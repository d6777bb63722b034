package dev.sandjar.internal.util;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What the kernel said, out of the exceptions that the JDK makes of it. */
public final class IoErrors {
    private IoErrors() {}

    /** The error number, or 0 where the exception does not tell. */
    public static int errno(IOException e) {
        if (e instanceof NoSuchFileException) {
            return Errno.ENOENT.number();
        }
        if (e instanceof AccessDeniedException) {
            return Errno.EACCES.number();
        }
        if (e instanceof FileAlreadyExistsException) {
            return Errno.EEXIST.number();
        }
        String message =
                e instanceof FileSystemException of && of.getReason() != null ? of.getReason() : e.getMessage();
        if (message != null) {
            for (Errno candidate : Errno.values()) {
                if (message.endsWith(candidate.text())) {
                    return candidate.number();
                }
            }
        }
        return 0;
    }

    /** What is left to be said beside the number: nothing if the exception has it. */
    public static String reason(IOException e) {
        return errno(e) == 0 ? e.toString() : "";
    }
}
