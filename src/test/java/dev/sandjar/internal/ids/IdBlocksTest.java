package dev.sandjar.internal.ids;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.kernel.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdBlocksTest {
    private static final long UNIT = IdBlocks.UNIT;
    private static final int PER_SLOT = IdBlocks.UNITS_PER_SLOT;

    private final List<IdLocks> opened = new ArrayList<>();
    private Kernel kernel;

    @TempDir
    Path directory;

    @BeforeEach
    void kernel() throws SandboxException {
        kernel = Kernel.get();
    }

    @AfterEach
    void close() throws SandboxException {
        for (IdLocks locks : opened) {
            kernel.close(locks.descriptor());
        }
    }

    /** As another process would have it: a file opened for itself. */
    private IdLocks locks() {
        IdLocks locks = new IdLocks(kernel, directory.resolve("run").resolve("ids.lock"));
        opened.add(locks);
        return locks;
    }

    private IdBlocks blocks(String... subordinate) throws IOException {
        Path file = directory.resolve("subuid");
        Files.write(file, List.of(subordinate));
        return new IdBlocks(locks(), List.of(file, directory.resolve("missing")));
    }

    private static long slot(IdBlocks.Block block) {
        return (block.base() - Host.FIRST_PRIVATE_ID) / UNIT / PER_SLOT;
    }

    /** A line that leaves nothing but the first {@code slots} slots. */
    private static String allBut(int slots) {
        long first = Host.FIRST_PRIVATE_ID + slots * PER_SLOT * UNIT;
        return "rest:" + first + ":" + (Host.END_OF_PRIVATE_IDS - first);
    }

    @Test
    void blocksLieInTheRangeForContainersAndInUnitsOfTheirOwn() throws Exception {
        IdBlocks blocks = blocks();
        for (long count : new long[] {1, 65536, 65537, UNIT * PER_SLOT}) {
            long base = blocks.allocate(count).base();
            assertTrue(base >= 524_288 && base + count <= 0x70000000L, () -> "base " + base);
            assertTrue(base % UNIT + count <= (count + UNIT - 1) / UNIT * UNIT, () -> "base " + base);
        }
    }

    /** The kernel's table of users has 128 chains: kernel/user.c. */
    @Test
    void idsOfManySandboxesDoNotMeetInOneChainOfTheKernel() throws Exception {
        IdBlocks blocks = blocks();
        Map<Long, Integer> chains = new HashMap<>();
        for (int i = 0; i < 640; i++) {
            long id = blocks.allocate(1).base() + 1;
            chains.merge(((id >> 7) + id) & 127, 1, Integer::sum);
        }
        assertTrue(chains.size() > 120, chains::toString);
        assertTrue(chains.values().stream().allMatch(length -> length <= 10), chains::toString);
    }

    @Test
    void blocksOfWholeUnitsAreAligned() throws Exception {
        IdBlocks blocks = blocks();
        for (int i = 0; i < 2 * PER_SLOT; i++) {
            assertEquals(0, blocks.allocate(UNIT).base() % UNIT);
        }
    }

    @Test
    void nobodyElseGetsTheSameIds() throws Exception {
        IdBlocks one = blocks(allBut(3));
        IdBlocks other = blocks(allBut(3));
        Set<Long> bases = new HashSet<>();
        for (int i = 0; i < PER_SLOT; i++) {
            assertTrue(bases.add(one.allocate(UNIT).base()));
            assertTrue(bases.add(other.allocate(UNIT).base()));
        }
        // The third slot is the first one's now, and the other has nothing left.
        assertTrue(bases.add(one.allocate(UNIT).base()));
        SandboxException e = assertThrows(SandboxException.class, () -> other.allocate(UNIT));
        assertTrue(e.reason().contains("in use"), e.getMessage());
    }

    @Test
    void locksEndWithTheLastHolderOfTheOpenFile() throws Exception {
        IdLocks dying = new IdLocks(kernel, directory.resolve("run").resolve("ids.lock"));
        IdBlocks one = new IdBlocks(dying, List.of());
        long slot = slot(one.allocate(1));
        int launchersCopy = kernel.raise(dying.descriptor());
        kernel.close(dying.descriptor());
        assertFalse(locks().lock((int) slot));
        kernel.close(launchersCopy);
        assertTrue(locks().lock((int) slot));
    }

    @Test
    void aBlockIsFreeOnceItIsClosedButNotTheNextToBeTaken() throws Exception {
        IdBlocks blocks = blocks();
        IdBlocks.Block first = blocks.allocate(UNIT);
        first.close();
        first.close();
        Set<Long> seen = new TreeSet<>();
        for (int i = 0; i < PER_SLOT; i++) {
            IdBlocks.Block block = blocks.allocate(UNIT);
            assertNotEquals(i < PER_SLOT - 1 ? first.base() : -1, block.base());
            assertTrue(seen.add(block.base()));
            block.close();
        }
        assertTrue(seen.contains(first.base()));
    }

    @Test
    void closingTwiceDoesNotFreeAnothersIds() throws Exception {
        IdBlocks blocks = blocks(allBut(1));
        IdBlocks.Block first = blocks.allocate(UNIT * PER_SLOT);
        first.close();
        IdBlocks.Block second = blocks.allocate(UNIT * PER_SLOT);
        first.close();
        assertThrows(SandboxException.class, () -> blocks.allocate(UNIT));
        second.close();
        blocks.allocate(UNIT);
    }

    @Test
    void slotsThatAreNotNeededAnyMoreAreForOthers() throws Exception {
        IdBlocks greedy = blocks(allBut(3));
        List<IdBlocks.Block> all = new ArrayList<>();
        for (int i = 0; i < 3 * PER_SLOT; i++) {
            all.add(greedy.allocate(UNIT));
        }
        IdBlocks other = blocks(allBut(3));
        assertThrows(SandboxException.class, () -> other.allocate(UNIT));
        all.forEach(IdBlocks.Block::close);
        greedy.allocate(UNIT);
        other.allocate(UNIT * PER_SLOT);
        other.allocate(UNIT * PER_SLOT);
    }

    @Test
    void idsOfUsersAreLeftOut() throws Exception {
        long first = Host.FIRST_PRIVATE_ID;
        // The first slot but its unit 5 and the last two, and half a unit of those.
        IdBlocks blocks = blocks(
                "alice:" + first + ":" + 5 * UNIT,
                "b\u00f6b:" + (first + 6 * UNIT) + ":" + (PER_SLOT - 8) * UNIT,
                "carol:" + (first + (PER_SLOT - 1) * UNIT + UNIT / 2) + ":10",
                "low:100000:65536",
                "broken",
                "also:broken:1",
                "huge:9999999999:9999999999",
                allBut(1));
        Set<Long> units = new TreeSet<>();
        units.add((blocks.allocate(1).base() - first) / UNIT);
        units.add((blocks.allocate(1).base() - first) / UNIT);
        assertEquals(Set.of(5L, PER_SLOT - 2L), units);
        assertThrows(SandboxException.class, () -> blocks.allocate(1));
    }

    @Test
    void largeBlocksNeverReachOverTheEndOfASlot() throws Exception {
        IdBlocks blocks = blocks();
        for (int i = 0; i < 50; i++) {
            IdBlocks.Block block = blocks.allocate(UNIT * 7);
            long unit = (block.base() - Host.FIRST_PRIVATE_ID) / UNIT;
            assertEquals(unit / PER_SLOT, (unit + 6) / PER_SLOT);
        }
    }

    @Test
    void refusesWhatItCannotGive() throws Exception {
        IdBlocks blocks = blocks();
        for (long count : new long[] {0, -1, UNIT * PER_SLOT + 1, Long.MAX_VALUE}) {
            SandboxException e = assertThrows(SandboxException.class, () -> blocks.allocate(count));
            assertTrue(e.reason().contains(String.valueOf(count)), e.getMessage());
        }
    }

    @Test
    void theLockFileIsForItsOwnerAlone() throws Exception {
        blocks().allocate(1);
        Path file = directory.resolve("run").resolve("ids.lock");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void aLinkInItsPlaceIsRefused() throws Exception {
        Files.createDirectory(directory.resolve("run"));
        Path elsewhere = Files.createFile(directory.resolve("elsewhere"));
        Files.createSymbolicLink(directory.resolve("run").resolve("ids.lock"), elsewhere);
        IdBlocks blocks = new IdBlocks(new IdLocks(kernel, directory.resolve("run/ids.lock")), List.of());
        assertEquals(
                "ELOOP",
                assertThrows(SandboxException.class, () -> blocks.allocate(1)).errnoName());
        Files.createSymbolicLink(directory.resolve("linked"), directory.resolve("run"));
        IdBlocks linked = new IdBlocks(new IdLocks(kernel, directory.resolve("linked/ids.lock")), List.of());
        assertEquals(
                "ENOTDIR",
                assertThrows(SandboxException.class, () -> linked.allocate(1)).errnoName());
    }

    @Test
    void anUnusableDirectoryIsSaid() {
        IdBlocks blocks = new IdBlocks(new IdLocks(kernel, Path.of("/proc/nope/ids.lock")), List.of());
        SandboxException e = assertThrows(SandboxException.class, () -> blocks.allocate(1));
        assertTrue(e.remedy().contains("IdMapping.single()"), e.getMessage());
    }

    @Test
    void threadsNeverShareIds() throws Exception {
        IdBlocks blocks = blocks(allBut(4));
        Set<Long> taken = ConcurrentHashMap.newKeySet();
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int units = t % 3 + 1;
            all.add(pool.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    IdBlocks.Block block = blocks.allocate(units * UNIT);
                    for (int u = 0; u < units; u++) {
                        assertTrue(taken.add(block.base() + u * UNIT));
                    }
                    for (int u = 0; u < units; u++) {
                        taken.remove(block.base() + u * UNIT);
                    }
                    block.close();
                }
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }
        pool.shutdown();
    }
}
