package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;

/** What archives of many tools and times say, and what is too unclear to be believed. */
class TarReaderTest {
    private static final byte[] END = new byte[1024];

    private static byte[] blocks(byte[] content) {
        return Arrays.copyOf(content, (content.length + 511) / 512 * 512);
    }

    private static byte[] extended(char type, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        return Tars.join(Tars.header("x", type, String.format("%011o\0", bytes.length), Map.of()), blocks(bytes));
    }

    private static byte[] pax(char type, String... records) {
        StringBuilder text = new StringBuilder();
        for (String record : records) {
            int length = record.length() + 3;
            int digits = 1;
            while (Integer.toString(length + digits - 1).length() > digits) {
                digits++;
            }
            text.append(length + digits - 1).append(' ').append(record).append('\n');
        }
        return extended(type, text.toString());
    }

    private static byte[] file(String name) {
        return Tars.header(name, '0', "00000000000\0", Map.of());
    }

    private static List<TarEntry> entries(byte[]... parts) throws IOException {
        List<TarEntry> all = new ArrayList<>();
        try (TarReader tar = new TarReader(new ByteArrayInputStream(Tars.join(Tars.join(parts), END)), "test")) {
            for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
                all.add(entry);
            }
        }
        return all;
    }

    private static String names(byte[]... parts) throws IOException {
        return String.join(" ", entries(parts).stream().map(TarEntry::name).toList());
    }

    private static void refused(String why, byte[]... parts) {
        ImageException e = assertThrows(ImageException.class, () -> entries(parts));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    private static byte[] content(byte[]... parts) throws IOException {
        try (TarReader tar = new TarReader(new ByteArrayInputStream(Tars.join(Tars.join(parts), END)), "test")) {
            TarEntry entry = tar.next();
            assertNotNull(entry);
            byte[] content = tar.content(entry, 1 << 20);
            assertEquals(entry.size(), content.length);
            TarEntry last = tar.next();
            assertTrue(last != null && last.name().equals("end"), "what follows is found");
            assertNull(tar.next());
            return content;
        }
    }

    @Test
    void theLastOfSeveralNames() throws IOException {
        assertEquals("two", names(extended('L', "one\0"), extended('L', "two\0"), file("f")));
        assertEquals(
                "to",
                entries(extended('K', "no\0"), extended('K', "to\0"), file("f"))
                        .get(0)
                        .link());
        assertEquals("two f", names(pax('x', "path=one", "path=two"), file("f"), file("f")));
        assertEquals("one", names(pax('x', "path=one"), pax('x', "path=one"), file("f")));
        assertEquals("f", names(pax('x', "path="), file("f")));
    }

    /** GNU tar takes pax's, Go GNU's, and of two headers GNU tar takes both, Go the last. */
    @Test
    void whatToolsReadDifferentlyIsRefused() throws IOException {
        refused("two names", pax('x', "path=one"), extended('L', "two\0"), file("f"));
        refused("two names", extended('L', "two\0"), pax('x', "path=one"), file("f"));
        refused("two names", extended('K', "two\0"), pax('x', "linkpath=one"), file("f"));
        refused("say different things", pax('x', "path=one"), pax('x', "comment=1"), file("f"));
        refused("say different things", pax('x', "path=one"), pax('x', "path=two"), file("f"));
        refused("say different things", pax('x', "path=one"), pax('x', "path=two", "comment=1"), file("f"));
        assertEquals("one", names(pax('x', "path=one"), extended('L', "one\0"), file("f")));
        refused(
                "a time that makes no sense",
                Tars.header(
                        "f",
                        '0',
                        "00000000000\0",
                        Map.of(
                                257,
                                "ustar  \0".getBytes(StandardCharsets.US_ASCII),
                                345,
                                "dir".getBytes(StandardCharsets.US_ASCII))));
    }

    /** What stands between an entry and its extended headers takes these for Python and Go, and not for GNU tar, or the other way. */
    @Test
    void nothingStandsBetweenAnEntryAndWhatIsSaidOfIt() throws IOException {
        byte[] tape = Tars.header("tape", 'V', "", Map.of());
        byte[] global = pax('g', "comment=1");
        for (byte[] own : List.of(pax('x', "path=own"), extended('L', "own\0"), extended('K', "own\0"))) {
            refused("stands before", own, tape, file("f"));
            refused("stands before", own, global, file("f"));
        }
        assertEquals("own f", names(tape, global, pax('x', "path=own"), file("f"), file("f")));
    }

    /** Python takes it for a file; and an archive of nothing else would be counted by no limit. */
    @Test
    void thereIsOneNameOfATape() {
        byte[] tape = Tars.header("tape", 'V', "", Map.of());
        refused("more than one tape", tape, file("f"), tape, file("f"));
        refused("has content", Tars.header("tape", 'V', "00000001000\0", Map.of()), file("hidden"), file("f"));
    }

    @Test
    void namesThatOnlySomeBelieve() throws IOException {
        byte[] data = stored("f", '0', DATA, Map.of());
        refused("name of a sparse file", pax('x', "GNU.sparse.name=other"), data);
        refused("name of a sparse file", pax('x', "GNU.sparse.name=other", "GNU.sparse.realsize=6"), data);
        refused("name of a sparse file", pax('x', "GNU.sparse.name=other"), Tars.header("f", '5', "", Map.of()));
        for (String record :
                List.of("path=all", "linkpath=all", "size=5", "GNU.sparse.name=all", "GNU.sparse.map=0,5")) {
            refused("for all entries has a", pax('g', record), file("f"));
        }
        // Go knows no headers of Solaris.
        refused("header of Solaris", pax('X', "path=other"), file("f"));
        refused("header of Solaris", pax('X', "linkpath=other"), file("f"));
        refused("header of Solaris", pax('X', "size=512"), file("f"), file("hidden"));
        assertEquals("f", names(pax('X', "mtime=5", "path=f"), file("f")));
        // Python believes a prefix whatever the format.
        refused(
                "prefix",
                Tars.header("f", '0', "", Map.of(257, new byte[8], 345, "dir".getBytes(StandardCharsets.US_ASCII))));
    }

    /** A file for Go and Python, a directory for GNU tar. */
    @Test
    void aSlashMakesADirectoryOnlyOfWhatHasNoType() throws IOException {
        refused("file by its type", file("d/"), file("f"));
        refused("file by its type", Tars.header("d/", '7', "", Map.of()));
        refused("file by its type", pax('x', "path=d/"), file("d"));
        refused("file by its type", pax('x', "path=d/"), Tars.header("d", '\0', "", Map.of()));
        assertEquals(
                List.of(TarEntry.Type.DIRECTORY, TarEntry.Type.DIRECTORY),
                entries(Tars.header("d/", '\0', "", Map.of()), Tars.header("d/", '5', "", Map.of())).stream()
                        .map(TarEntry::type)
                        .toList());
    }

    /** Busybox goes on behind it, others end. */
    @Test
    void nothingFollowsASingleEmptyBlock() throws IOException {
        refused("single empty block", file("f"), new byte[512], file("hidden"));
        assertEquals("f", names(file("f"), END, file("after the end")));
        try (TarReader tar = new TarReader(new ByteArrayInputStream(Tars.join(file("f"), new byte[512])), "test")) {
            assertNotNull(tar.next());
            assertNull(tar.next());
        }
    }

    @Test
    void whatPaxSaysOfAllEntriesIsNotBelieved() throws IOException {
        List<TarEntry> all = entries(
                pax('g', "mtime=5", "uid=7", "SCHILY.xattr.user.a=b", "comment=c"),
                file("one"),
                pax('x', "path=own"),
                file("two"),
                file("three"));
        assertEquals(
                List.of("one", "own", "three"), all.stream().map(TarEntry::name).toList());
        for (TarEntry entry : all) {
            assertEquals(0, entry.uid() + entry.seconds() + entry.xattrs().size());
            assertEquals("", entry.link());
        }
        refused("makes no sense", pax('g', "size=5"), file("f"));
    }

    @Test
    void prefixes() throws IOException {
        byte[] prefix = "dir".getBytes(StandardCharsets.US_ASCII);
        byte[] none = new byte[8];
        assertEquals("dir/f", names(Tars.header("f", '0', "", Map.of(345, prefix))));
        assertEquals("f", names(Tars.header("f", '0', "", Map.of(257, none))));
        byte[] star = "tar\0".getBytes(StandardCharsets.US_ASCII);
        assertEquals("dir/f", names(Tars.header("f", '0', "", Map.of(345, prefix, 476, prefix, 508, star))));
    }

    @Test
    void numbersOfAllKinds() throws IOException {
        byte[] minusOne = {-1, -1, -1, -1, -1, -1, -1, -1};
        byte[] large = {(byte) 0x80, 0, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xfe};
        TarEntry entry = entries(Tars.header("f", '0', "", Map.of(108, minusOne, 116, large)))
                .get(0);
        assertEquals(4_294_967_295L, entry.uid());
        assertEquals(4_294_967_294L, entry.gid());
        assertEquals(65_534, entry.userOnDisk());
        assertEquals(4_294_967_294L, entry.groupOnDisk());
        entry.check(new EntrySubject("test", entry.name()));
        entry = entries(pax('x', "uid=4294967295", "gid=00000000000000000000012", "mtime=-1.25"), file("f"))
                .get(0);
        assertEquals(4_294_967_295L, entry.uid());
        assertEquals(12, entry.gid());
        assertEquals(-2, entry.seconds());
        assertEquals(750_000_000, entry.nanoseconds());
        byte[] before = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};
        assertEquals(
                -256,
                entries(Tars.header("f", '0', "", Map.of(136, before))).get(0).seconds());
        refused("makes no sense", Tars.header("f", '0', "", Map.of(108, "12x".getBytes(StandardCharsets.US_ASCII))));
        refused("makes no sense", pax('x', "uid=-1"), file("f"));
        refused("makes no sense", pax('x', "mtime=yesterday"), file("f"));
        refused("makes no sense", pax('x', "size=+5"), file("f"));
    }

    @Test
    void typesOfOtherTimes() throws IOException {
        assertEquals(
                "FILE FILE FILE DIRECTORY DIRECTORY",
                String.join(
                        " ",
                        entries(
                                        Tars.header("tape", 'V', "", Map.of()),
                                        Tars.header("old", '\0', "", Map.of()),
                                        Tars.header("contiguous", '7', "", Map.of()),
                                        pax('X', "mtime=5"),
                                        file("f"),
                                        Tars.header("old/", '\0', "", Map.of()),
                                        Tars.header("dump", 'D', "00000000003\0", Map.of()),
                                        blocks("Yf\0".getBytes(StandardCharsets.US_ASCII)))
                                .stream()
                                .map(entry -> entry.type().name())
                                .toList()));
        refused("unknown type", Tars.header("f", 'M', "", Map.of()));
        refused("ends after an extended header", pax('x', "path=f"));
    }

    // ---- sparse files

    private static final String DATA = "abcdef";

    private static byte[] expected() {
        byte[] bytes = new byte[1000];
        bytes[0] = 'a';
        bytes[300] = 'b';
        bytes[301] = 'c';
        bytes[302] = 'd';
        bytes[700] = 'e';
        bytes[702] = 'f';
        return bytes;
    }

    private static final String MAP = "0,1,300,3,700,1,702,1,1000,0";

    private static byte[] stored(String name, char type, String content, Map<Integer, byte[]> patches) {
        byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
        return Tars.join(Tars.header(name, type, String.format("%011o\0", bytes.length), patches), blocks(bytes));
    }

    @Test
    void sparseFilesOfPax() throws IOException {
        byte[] end = file("end");
        List<String> first = new ArrayList<>(List.of("GNU.sparse.size=1000", "GNU.sparse.numblocks=5"));
        String[] numbers = MAP.split(",");
        for (int i = 0; i < numbers.length; i += 2) {
            first.add("GNU.sparse.offset=" + numbers[i]);
            first.add("GNU.sparse.numbytes=" + numbers[i + 1]);
        }
        assertArrayEquals(
                expected(), content(pax('x', first.toArray(new String[0])), stored("f", '0', DATA, Map.of()), end));
        byte[] second = pax('x', "GNU.sparse.size=1000", "GNU.sparse.map=" + MAP, "GNU.sparse.name=real", "path=other");
        assertArrayEquals(expected(), content(second, stored("f", '0', DATA, Map.of()), end));
        assertEquals("real", names(second, stored("f", '0', DATA, Map.of())));
        byte[] third = pax(
                'x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=real", "GNU.sparse.realsize=1000");
        String map = "5\n" + MAP.replace(',', '\n') + "\n";
        String padded = map + "\0".repeat(512 - map.length());
        assertArrayEquals(expected(), content(third, stored("f", '0', padded + DATA, Map.of()), end));
    }

    /** A hole of a whole disk, which a few bytes tell, costs no time. */
    @Test
    void holesAreSteppedOver() throws IOException {
        byte[] data = stored("f", '0', DATA, Map.of());
        byte[] found = new byte[1000];
        try (TarReader reader = reader(pax('x', "GNU.sparse.size=1000", "GNU.sparse.map=" + MAP), data)) {
            reader.next();
            byte[] one = new byte[1];
            for (long at = reader.skipHole(); at < found.length; at += 1 + reader.skipHole()) {
                assertEquals(1, reader.read(one));
                found[(int) at] = one[0];
            }
            assertEquals(-1, reader.read(one));
        }
        assertArrayEquals(expected(), found);
        long hole = 900_000_000_000_000_000L;
        byte[] records = pax('x', "GNU.sparse.size=" + (hole + 6), "GNU.sparse.map=" + hole + ",6");
        try (TarReader reader = reader(records, data)) {
            reader.next();
            assertEquals(hole, reader.skipHole());
            assertEquals(0, reader.skipHole());
            assertEquals(6, reader.read(new byte[1000]));
        }
        try (TarReader reader = reader(file("plain"))) {
            reader.next();
            assertEquals(0, reader.skipHole());
        }
    }

    private static TarReader reader(byte[]... parts) {
        return new TarReader(new ByteArrayInputStream(Tars.join(parts)), "test");
    }

    @Test
    void sparseFilesOfGnu() throws IOException {
        StringBuilder map = new StringBuilder();
        String[] numbers = MAP.split(",");
        for (String number : numbers) {
            map.append(String.format("%011o\0", Integer.parseInt(number)));
        }
        byte[] all = map.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] rest = Arrays.copyOf(Arrays.copyOfRange(all, 96, all.length), 512);
        byte[] real = String.format("%011o\0", 1000).getBytes(StandardCharsets.US_ASCII);
        byte[] header = Tars.header(
                "f", 'S', "00000000006\0", Map.of(386, Arrays.copyOf(all, 96), 482, new byte[] {1}, 483, real));
        byte[] data = blocks(DATA.getBytes(StandardCharsets.US_ASCII));
        assertArrayEquals(expected(), content(header, rest, data, file("end")));
    }

    /** Each a byte, with a hole of a byte between: more of them than a parser that calls itself could take. */
    @Test
    void manySmallPieces() throws IOException {
        int count = 20_000;
        StringBuilder map = new StringBuilder(count + "\n");
        for (int i = 0; i < count; i++) {
            map.append(2 * i).append("\n1\n");
        }
        map.append("\0".repeat(511 - (map.length() + 511) % 512));
        byte[] records = pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=" + 2 * count);
        byte[] found = content(records, stored("f", '0', map + "x".repeat(count), Map.of()), file("end"));
        for (int i = 0; i < found.length; i++) {
            assertEquals(i % 2 == 0 ? 'x' : 0, found[i]);
        }
    }

    @Test
    void malformedMaps() {
        byte[] data = stored("f", '0', DATA, Map.of());
        for (String map :
                List.of("0,1,300,4", "0,7", "300,3,0,3", "0,4,3,2", "0,999,999,2", "0,6,", "a,6", "-1,6", "0,5")) {
            refused("map of a sparse file", pax('x', "GNU.sparse.size=1000", "GNU.sparse.map=" + map), data);
        }
        refused("map of a sparse file", pax('x', "GNU.sparse.size=5", "GNU.sparse.map=0,6"), data);
        refused("map of a sparse file", pax('x', "GNU.sparse.map=0,6"), data);
        refused("map of a sparse file", pax('x', "GNU.sparse.numbytes=6", "GNU.sparse.offset=0"), data);
        refused("unknown version", pax('x', "GNU.sparse.major=2", "GNU.sparse.minor=0"), data);
        refused("does not end", pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=9"), data);
    }

    // ---- by chance

    private static byte[] sample(Random random) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "ISO-8859-1")) {
            tar.setLongFileMode(
                    random.nextBoolean() ? TarArchiveOutputStream.LONGFILE_GNU : TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(
                    random.nextBoolean()
                            ? TarArchiveOutputStream.BIGNUMBER_STAR
                            : TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (int i = 0; i < 3; i++) {
                TarArchiveEntry entry = new TarArchiveEntry("n".repeat(1 + random.nextInt(120)) + i);
                byte[] content = new byte[random.nextInt(1200)];
                random.nextBytes(content);
                entry.setSize(content.length);
                entry.setUserId(random.nextLong() & (random.nextBoolean() ? 0xffff : 0x7ffffffeL));
                entry.setModTime(random.nextInt() * 1000L);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return out.toByteArray();
    }

    @Test
    void whatOthersWriteIsReadAsTheyReadIt() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] archive = sample(random);
            try (TarReader ours = new TarReader(new ByteArrayInputStream(archive), "test");
                    TarArchiveInputStream theirs =
                            new TarArchiveInputStream(new ByteArrayInputStream(archive), "ISO-8859-1")) {
                for (TarArchiveEntry entry = theirs.getNextEntry(); entry != null; entry = theirs.getNextEntry()) {
                    TarEntry found = ours.next();
                    assertNotNull(found);
                    assertEquals(entry.getName(), found.name());
                    assertEquals(entry.getLongUserId(), found.uid());
                    assertEquals(entry.getLastModifiedTime().toInstant().getEpochSecond(), found.seconds());
                    assertArrayEquals(theirs.readAllBytes(), ours.content(found, 1 << 20));
                }
                assertNull(ours.next());
            }
        }
    }

    /** With right checksums, or nearly all of it would end at the first. */
    @Test
    void damageIsAnImageExceptionOrHarmless() throws IOException {
        Random random = new Random(8);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] archive = sample(random);
            int block = 512 * random.nextInt(archive.length / 512);
            for (int k = 0; k <= random.nextInt(4); k++) {
                archive[block + random.nextInt(512)] =
                        (byte) (random.nextBoolean() ? random.nextInt() : '0' + random.nextInt(9));
            }
            int sum = 0;
            for (int k = 0; k < 512; k++) {
                sum += k >= 148 && k < 156 ? ' ' : archive[block + k] & 0xff;
            }
            System.arraycopy(
                    String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII), 0, archive, block + 148, 8);
            try {
                entries(Arrays.copyOf(archive, archive.length - random.nextInt(2) * random.nextInt(600)));
            } catch (ImageException e) {
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " were refused");
    }
}
