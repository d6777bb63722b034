package dev.sandjar.internal.ids;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Private host ids for sandboxes of root, so that no two ever share one. The range that systemd sets aside for containers is divided
 * into units of 65,536 ids; 64 units make a slot, and a process owns a slot by a lock on one byte of a file, which ends with the last
 * holder of that open file: this JVM or its launcher. Most starts take a unit of a slot that is owned already.
 */
public final class IdBlocks {
    static final long UNIT = 65536;
    static final int UNITS_PER_SLOT = 64;
    static final int SLOTS = (int) ((Host.END_OF_PRIVATE_IDS - Host.FIRST_PRIVATE_ID) / UNIT / UNITS_PER_SLOT);

    /**
     * The kernel finds users by a sum of the low bits of their numbers, so that those at the beginning of units would all hang in one
     * chain, which every change of ids walks (uidhashentry, kernel/user.c).
     */
    private static final int CHAINS = 128;

    private static final String STEP = "choose private ids";
    private static final int UNITS = SLOTS * UNITS_PER_SLOT;

    private final IdLocks locks;
    private final List<Path> subordinateFiles;
    private final ReentrantLock lock = new ReentrantLock();
    private final BitSet free = new BitSet(UNITS);
    private final BitSet ownedSlots = new BitSet(SLOTS);
    /** Given back by whatever thread saw the end; taken in by the next that allocates, so that giving back never waits. */
    private final Queue<Block> returned = new ConcurrentLinkedQueue<>();
    /** Where the search goes on: what one sandbox has left behind is not the next one's at once. */
    private int next;
    /** Sandboxes of containers that do not share the lock file at least begin at different places. */
    private int nextSlot = ThreadLocalRandom.current().nextInt(SLOTS);

    public IdBlocks(Kernel kernel) {
        this(new IdLocks(kernel, IdLocks.file()), List.of(Path.of("/etc/subuid"), Path.of("/etc/subgid")));
    }

    public IdBlocks(IdLocks locks, List<Path> subordinateFiles) {
        this.locks = locks;
        this.subordinateFiles = subordinateFiles;
    }

    /** Gives all back, when nobody uses any. */
    public void close() {
        lock.lock();
        try {
            locks.close();
            free.clear();
            ownedSlots.clear();
            returned.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Ids that nobody else has until it is closed. */
    public final class Block implements AutoCloseable {
        private final int unit;
        private final int units;
        private final int offset;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Block(int unit, int units, int offset) {
            this.unit = unit;
            this.units = units;
            this.offset = offset;
        }

        /** The first host id. */
        public long base() {
            return Host.FIRST_PRIVATE_ID + unit * UNIT + offset;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                returned.add(this);
            }
        }
    }

    Block allocate(long count) throws SandboxException {
        if (count < 1 || count > UNIT * UNITS_PER_SLOT) {
            throw exhausted(
                    count + " ids at once; the most is " + UNIT * UNITS_PER_SLOT,
                    "ask for fewer, or for the program's own alone: IdMapping.alone()");
        }
        int units = (int) ((count + UNIT - 1) / UNIT);
        lock.lock();
        try {
            takeIn();
            int unit = find(units);
            if (unit < 0) {
                unit = takeSlot(units);
            }
            free.clear(unit, unit + units);
            next = unit + units;
            return new Block(unit, units, count <= units * UNIT - CHAINS ? unit % CHAINS : 0);
        } finally {
            lock.unlock();
        }
    }

    /** The open file that carries the locks, for the launcher to hold as well. */
    int descriptor() throws SandboxException {
        lock.lock();
        try {
            return locks.descriptor();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What somebody needs to share ids with this process and others: each takes a slot by its lock.
     *
     * @param lowest the first id of a slot that may be used is not below
     */
    public SharedIds shared(long count, long lowest) throws SandboxException {
        lock.lock();
        try {
            locks.descriptor(); // makes the file
            BitSet taken = SubordinateUnits.read(subordinateFiles, UNITS);
            BitSet slots = new BitSet(SLOTS);
            int units = (int) ((count + UNIT - 1) / UNIT);
            for (int slot = 0; slot < SLOTS; slot++) {
                int first = slot * UNITS_PER_SLOT;
                int next = taken.nextSetBit(first);
                boolean free = next < 0 || next >= first + units;
                slots.set(slot, free && Host.FIRST_PRIVATE_ID + first * UNIT >= lowest);
            }
            return new SharedIds(locks.path(), Host.FIRST_PRIVATE_ID, UNIT * UNITS_PER_SLOT, slots);
        } finally {
            lock.unlock();
        }
    }

    private void takeIn() {
        for (Block block = returned.poll(); block != null; block = returned.poll()) {
            free.set(block.unit, block.unit + block.units);
            giveBackIfEmpty(block.unit / UNITS_PER_SLOT);
        }
    }

    /** One slot is kept, so that the next start finds one. */
    private void giveBackIfEmpty(int slot) {
        int first = slot * UNITS_PER_SLOT;
        int end = first + UNITS_PER_SLOT;
        if (ownedSlots.cardinality() > 1 && free.nextClearBit(first) >= end) {
            free.clear(first, end);
            ownedSlots.clear(slot);
            locks.unlock(slot);
        }
    }

    private int find(int units) {
        int found = find(units, next, UNITS);
        return found >= 0 ? found : find(units, 0, Math.min(next + units, UNITS));
    }

    /** A block may not reach over the end of its slot, or neither of the two could be given back. */
    private int find(int units, int from, int to) {
        for (int unit = free.nextSetBit(from); unit >= 0 && unit + units <= to; unit = free.nextSetBit(unit + 1)) {
            boolean within = unit / UNITS_PER_SLOT == (unit + units - 1) / UNITS_PER_SLOT;
            if (within && free.nextClearBit(unit) >= unit + units) {
                return unit;
            }
        }
        return -1;
    }

    private int takeSlot(int units) throws SandboxException {
        BitSet taken = SubordinateUnits.read(subordinateFiles, UNITS);
        for (int i = 0; i < SLOTS; i++) {
            int slot = (nextSlot + i) % SLOTS;
            int first = slot * UNITS_PER_SLOT;
            BitSet usable = new BitSet(UNITS);
            usable.set(first, first + UNITS_PER_SLOT);
            usable.andNot(taken);
            if (ownedSlots.get(slot) || longestRun(usable) < units || !locks.lock(slot)) {
                continue;
            }
            nextSlot = (slot + 1) % SLOTS;
            ownedSlots.set(slot);
            free.or(usable);
            return find(units, first, first + UNITS_PER_SLOT);
        }
        throw exhausted(
                "every block of ids between " + Host.FIRST_PRIVATE_ID + " and " + Host.END_OF_PRIVATE_IDS
                        + " is in use on this host",
                "end some sandboxes, or ask for fewer ids");
    }

    private static int longestRun(BitSet set) {
        int longest = 0;
        for (int from = set.nextSetBit(0); from >= 0; from = set.nextSetBit(set.nextClearBit(from))) {
            longest = Math.max(longest, set.nextClearBit(from) - from);
        }
        return longest;
    }

    private static SandboxException exhausted(String reason, String remedy) {
        return new SandboxException(STEP, null, null, Errno.EAGAIN.number(), reason, remedy);
    }
}
