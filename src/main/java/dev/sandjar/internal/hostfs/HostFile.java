package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.FileContent;
import dev.sandjar.internal.util.Errno;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.function.Supplier;

/** An open regular file beneath a {@link HostTree}. Not for several threads at once. */
public final class HostFile implements AutoCloseable {
    private static final int SYNC_FILE_RANGE_WRITE = 2;

    private final int fd;
    private final Supplier<String> display;
    private boolean open = true;

    /** @param display its name for people, put into words only for a failure */
    HostFile(int fd, Supplier<String> display) {
        this.fd = fd;
        this.display = display;
    }

    public HostTree.Stat stat() throws SandboxException {
        return Objects.requireNonNull(TreeStatus.of(fd, "", display, false));
    }

    /** Writes all of it at this place of the file. */
    public void write(byte[] bytes, int offset, int length, long position) throws SandboxException {
        int done = 0;
        while (done < length) {
            int n = FileContent.write(fd, bytes, offset + done, length - done, position + done);
            if (n == 0) {
                n = -Errno.EIO.number();
            }
            done += check(n, "write a file", "pwrite64");
        }
    }

    /** Sets the size; what was never written in it is a hole. */
    public void truncate(long size) throws SandboxException {
        check((int) FileCall.FTRUNCATE.call(fd, size), "set the size of a file", "ftruncate");
    }

    public void chown(long uid, long gid) throws SandboxException {
        int result = (int) FileCall.FCHOWN.call(fd, uid, gid);
        if (result < 0) {
            check(result, "give a file its owner " + uid + ":" + gid, "fchown");
        }
    }

    public void chmod(int mode) throws SandboxException {
        check((int) FileCall.FCHMOD.call(fd, mode & 07777), "set permissions", "fchmod");
    }

    /** Times of last access and change. */
    public void times(long seconds, int nanoseconds) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long times = scratch.times(0, seconds, nanoseconds);
            check((int) FileCall.UTIMENSAT.call(fd, 0, times, 0), "set times", "utimensat");
        }
    }

    /** Has the content written to the disk meanwhile ({@code sync_file_range(2)}). That it is there, only {@link #sync} tells. */
    public void beginSync() {
        // Where it can't be begun, what waits for the end of it does all of it.
        FileCall.SYNC_FILE_RANGE.call(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    }

    /** Waits until the content is on the disk ({@code fsync(2)}). */
    public void sync() throws SandboxException {
        check((int) FileCall.FSYNC.call(fd), "write to the disk", "fsync");
    }

    private int check(int result, String step, String call) throws SandboxException {
        if (result < 0) {
            throw Calls.failure(step, call, display.get(), -result);
        }
        return result;
    }

    /** Writes from the beginning on; closing it closes this. */
    public OutputStream output() {
        return new Output();
    }

    /** The content from its beginning; closing it closes this. */
    public InputStream content() {
        return new Content();
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            FileCall.CLOSE.call(fd);
        }
    }

    private final class Output extends OutputStream {
        private long position;

        @Override
        public void write(int b) throws SandboxException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws SandboxException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            HostFile.this.write(bytes, offset, length, position);
            position += length;
        }

        @Override
        public void close() {
            HostFile.this.close();
        }
    }

    private final class Content extends InputStream {
        private long position;

        @Override
        public int read() throws SandboxException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws SandboxException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            int n = FileContent.read(fd, bytes, offset, length, position);
            check(n, "read a file", "pread64");
            if (n == 0) {
                return -1;
            }
            position += n;
            return n;
        }

        @Override
        public int available() throws SandboxException {
            long left = stat().size() - position;
            return (int) Math.max(0, Math.min(left, Integer.MAX_VALUE));
        }

        @Override
        public void close() {
            HostFile.this.close();
        }
    }
}
