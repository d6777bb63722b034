package dev.sandjar.internal.util;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what somebody else may have made as long as they like. Nothing else reads a whole file or stream at once: a test of the
 * architecture sees to that. Files of the kernel, which have no size, are read as others are.
 */
public final class BoundedReads {
    /** More than the longest table that a kernel shows, of four million process ids. */
    public static final int KERNEL_MAX = 64 << 20;
    /** More than any file of this library's own jar, or class of a program. */
    public static final int RESOURCE_MAX = 64 << 20;

    /** Settings of the kernel are there for the first read only, so that it must not be a small one. */
    private static final int CHUNK = 1 << 14;

    private BoundedReads() {}

    /**
     * All of a file.
     *
     * @throws IOException if it has more than {@code max} bytes, or can't be read
     */
    public static byte[] bytes(Path file, int max) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return bytes(in, max, file.toString());
        }
    }

    /**
     * All of a stream, which stays open.
     *
     * @param what it is, for the message
     * @throws IOException if it has more than {@code max} bytes, or can't be read
     */
    public static byte[] bytes(InputStream in, int max, String what) throws IOException {
        byte[] all = beginning(in, max);
        if (all.length == max && in.read() >= 0) {
            throw new IOException(what + " has more than " + max + " bytes, and is not read any further");
        }
        return all;
    }

    /** The same as text; what is not of {@code charset} is replaced. */
    public static String text(Path file, Charset charset, int max) throws IOException {
        return new String(bytes(file, max), charset);
    }

    /** A file of the kernel as text. */
    public static String text(Path file) throws IOException {
        return text(file, StandardCharsets.ISO_8859_1, KERNEL_MAX);
    }

    /** Lines of a file of the kernel, or of one that only root writes, such as /etc/passwd; names in them are Latin-1. */
    public static List<String> lines(Path file) throws IOException {
        return text(file).lines().toList();
    }

    /** The first bytes of a file: {@code max}, or all if there are fewer. */
    public static byte[] beginning(Path file, int max) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return beginning(in, max);
        }
    }

    private static byte[] beginning(InputStream in, int max) throws IOException {
        byte[] bytes = new byte[Math.min(CHUNK, max)];
        int done = 0;
        while (done < max) {
            if (done == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(2L * bytes.length, max));
            }
            int n = in.read(bytes, done, bytes.length - done);
            if (n < 0) {
                break;
            }
            done += n;
        }
        return done == bytes.length ? bytes : Arrays.copyOf(bytes, done);
    }

    /**
     * Copies a stream to its end. Neither is closed.
     *
     * @param what it is, for the message
     * @throws IOException if there are more than {@code max} bytes, of which so many have been written, or it can't be done
     */
    public static void copy(InputStream in, OutputStream out, long max, String what) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long left = max;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, (int) Math.min(n, left));
            left -= n;
            if (left < 0) {
                throw new IOException(what + " has more than " + max + " bytes");
            }
        }
    }

    /**
     * What is in a directory, in no order.
     *
     * @throws IOException if it can't be listed, or there is more than {@code max}
     */
    public static List<Path> entries(Path directory, int max) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                if (entries.size() == max) {
                    throw new IOException("more than " + max + " entries in " + PathBytes.shown(directory));
                }
                entries.add(entry);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    /**
     * Shows a tree to a visitor, following no links.
     *
     * @param depth how many levels below {@code top}
     * @throws IOException of the visitor, or if there is more than {@code max} in the tree
     */
    public static void walk(Path top, int depth, int max, FileVisitor<Path> visitor) throws IOException {
        Files.walkFileTree(top, EnumSet.noneOf(FileVisitOption.class), depth, new FileVisitor<>() {
            private int seen;

            private void count() throws IOException {
                if (++seen > max) {
                    throw new IOException("more than " + max + " files below " + PathBytes.shown(top));
                }
            }

            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                count();
                return visitor.preVisitDirectory(path, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                count();
                return visitor.visitFile(path, attributes);
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                count();
                return visitor.visitFileFailed(path, e);
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) throws IOException {
                return visitor.postVisitDirectory(path, e);
            }
        });
    }
}
