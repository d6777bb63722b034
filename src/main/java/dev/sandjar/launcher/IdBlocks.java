package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.host.Host;
import dev.sandjar.internal.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Private host ids for sandboxes of root, so that no two ever share one. The range that systemd sets aside for containers is divided
 * into units of 65,536 ids; 64 units make a slot, and a process owns a slot by a lock on one byte of a file, which ends with the last
 * holder of that open file: this JVM or its launcher.
 */
final class IdBlocks {
    static final long UNIT = 65536;
    static final int UNITS_PER_SLOT = 64;
    private static final int UNITS = (int) ((Host.END_OF_PRIVATE_IDS - Host.FIRST_PRIVATE_ID) / UNIT);
    private static final int SLOTS = UNITS / UNITS_PER_SLOT;
    private static final Path FILE = Path.of("/run/sandjar/ids.lock");
    private static final int O_NOFOLLOW = 0400000;

    private final Kernel kernel;
    private final Path file;
    private final List<Path> subordinateFiles;
    private final ReentrantLock lock = new ReentrantLock();
    private final BitSet free = new BitSet(UNITS);
    private final BitSet ownedSlots = new BitSet(SLOTS);
    private int fd = -1;

    IdBlocks(Kernel kernel) {
        this(kernel, FILE, List.of(Path.of("/etc/subuid"), Path.of("/etc/subgid")));
    }

    IdBlocks(Kernel kernel, Path file, List<Path> subordinateFiles) {
        this.kernel = kernel;
        this.file = file;
        this.subordinateFiles = subordinateFiles;
    }

    /** The first of {@code count} host ids that nobody else has until {@link #release}. */
    long allocate(long count) throws SandboxException {
        int units = (int) Math.min((count + UNIT - 1) / UNIT, UNITS_PER_SLOT + 1L);
        if (count < 1 || units > UNITS_PER_SLOT) {
            throw exhausted(count + " ids at once; the most is " + UNIT * UNITS_PER_SLOT);
        }
        lock.lock();
        try {
            int unit = find(units);
            if (unit < 0) {
                takeSlot(units);
                unit = find(units);
            }
            free.clear(unit, unit + units);
            return Host.FIRST_PRIVATE_ID + unit * UNIT;
        } finally {
            lock.unlock();
        }
    }

    void release(long base, long count) {
        int unit = (int) ((base - Host.FIRST_PRIVATE_ID) / UNIT);
        int units = (int) ((count + UNIT - 1) / UNIT);
        lock.lock();
        try {
            free.set(unit, unit + units);
        } finally {
            lock.unlock();
        }
    }

    /** The open file that carries the locks, for the launcher to hold as well. */
    int descriptor() throws SandboxException {
        lock.lock();
        try {
            if (fd < 0) {
                fd = openFile();
            }
            return fd;
        } finally {
            lock.unlock();
        }
    }

    private int find(int units) {
        for (int from = free.nextSetBit(0); from >= 0; from = free.nextSetBit(from + 1)) {
            int end = free.nextClearBit(from);
            if (end - from >= units) {
                return from;
            }
            from = end;
        }
        return -1;
    }

    private void takeSlot(int units) throws SandboxException {
        int handle = descriptor();
        BitSet taken = subordinate();
        for (int slot = 0; slot < SLOTS; slot++) {
            if (ownedSlots.get(slot) || kernel.lockByte(handle, slot) < 0) {
                continue;
            }
            ownedSlots.set(slot);
            for (int unit = slot * UNITS_PER_SLOT; unit < (slot + 1) * UNITS_PER_SLOT; unit++) {
                free.set(unit, !taken.get(unit));
            }
            if (find(units) >= 0) {
                return;
            }
        }
        throw exhausted("every block of ids between " + Host.FIRST_PRIVATE_ID + " and " + Host.END_OF_PRIVATE_IDS
                + " is in use on this host");
    }

    /** Units that a user was given: what containers of that user write must not become readable to a sandbox. */
    private BitSet subordinate() throws SandboxException {
        BitSet taken = new BitSet(UNITS);
        for (Path path : subordinateFiles) {
            List<String> lines;
            try {
                lines = Files.exists(path) ? Files.readAllLines(path, StandardCharsets.ISO_8859_1) : List.of();
            } catch (IOException e) {
                throw new SandboxException(
                        "choose private ids", "read", path.toString(), Errno.EIO.number(), String.valueOf(e.getMessage()),
                        "make the file readable: its ranges must not be handed out twice");
            }
            for (String line : lines) {
                mark(taken, line.split(":"));
            }
        }
        return taken;
    }

    private static void mark(BitSet taken, String[] fields) {
        if (fields.length != 3 || !fields[1].matches("\\d{1,10}") || !fields[2].strip().matches("\\d{1,10}")) {
            return;
        }
        long first = Math.max(Long.parseLong(fields[1]), Host.FIRST_PRIVATE_ID);
        long end = Math.min(Long.parseLong(fields[1]) + Long.parseLong(fields[2].strip()), Host.END_OF_PRIVATE_IDS);
        if (first < end) {
            taken.set(
                    (int) ((first - Host.FIRST_PRIVATE_ID) / UNIT),
                    (int) ((end - 1 - Host.FIRST_PRIVATE_ID) / UNIT) + 1);
        }
    }

    private int openFile() throws SandboxException {
        try {
            Path parent = file.getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                Files.createDirectories(
                        parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            }
        } catch (IOException e) {
            throw new SandboxException(
                    "choose private ids", "mkdir", String.valueOf(file.getParent()), Errno.EACCES.number(),
                    String.valueOf(e.getMessage()), "make /run writable, or use IdMapping.single()");
        }
        int opened = kernel.open(
                file.toString().getBytes(StandardCharsets.UTF_8), Kernel.O_RDWR | Kernel.O_CREAT | O_NOFOLLOW, 0644);
        if (opened < 0) {
            throw new SandboxException(
                    "choose private ids", "open", file.toString(), -opened, "", "make it writable, or use IdMapping.single()");
        }
        return opened;
    }

    private static SandboxException exhausted(String reason) {
        return new SandboxException(
                "choose private ids", null, null, Errno.EAGAIN.number(), reason, "end some sandboxes, or ask for fewer ids");
    }
}
