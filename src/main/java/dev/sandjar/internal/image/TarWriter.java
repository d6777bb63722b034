package dev.sandjar.internal.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes tar archives with pax records as bytes, since names and attributes are bytes: ustar headers, and a record for whatever does not
 * fit into them. The same entries give the same archive.
 */
final class TarWriter implements AutoCloseable {
    private static final int BLOCK = TarHeader.BLOCK;
    private static final long OCTAL_MAX = 07777777;
    private static final long SIZE_MAX = 077777777777L;
    private static final int NAME_MAX = 100;

    private final OutputStream out;
    private long padding;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    /** The entry's header; its content follows by {@link #write}. */
    void entry(TarEntry entry) throws IOException {
        finishEntry();
        Map<String, byte[]> pax = new TreeMap<>();
        byte[] header = new byte[BLOCK];
        String name = entry.type() == TarEntry.Type.DIRECTORY && !entry.name().endsWith("/")
                ? entry.name() + "/"
                : entry.name();
        text(header, 0, name, "path", pax);
        text(header, 157, entry.link(), "linkpath", pax);
        octal(header, 100, 8, entry.mode());
        number(header, 108, entry.uid(), OCTAL_MAX, 8, "uid", pax);
        number(header, 116, entry.gid(), OCTAL_MAX, 8, "gid", pax);
        number(header, 124, entry.size(), SIZE_MAX, 12, "size", pax);
        if (entry.seconds() < 0 || entry.seconds() > SIZE_MAX || entry.nanoseconds() != 0) {
            pax.put("mtime", time(entry.seconds(), entry.nanoseconds()));
        }
        octal(header, 136, 12, Math.max(0, Math.min(entry.seconds(), SIZE_MAX)));
        header[156] = (byte)
                switch (entry.type()) {
                    case FILE -> '0';
                    case HARD_LINK -> '1';
                    case SYMLINK -> '2';
                    case CHARACTER_DEVICE -> '3';
                    case BLOCK_DEVICE -> '4';
                    case DIRECTORY -> '5';
                    case FIFO -> '6';
                };
        octal(header, 329, 8, entry.major());
        octal(header, 337, 8, entry.minor());
        entry.xattrs().forEach((key, value) -> pax.put("SCHILY.xattr." + key, value));
        if (!pax.isEmpty()) {
            pax(pax);
        }
        finish(header);
        padding = (BLOCK - entry.size() % BLOCK) % BLOCK;
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    private void finishEntry() throws IOException {
        out.write(new byte[(int) padding]);
        padding = 0;
    }

    private static void text(byte[] header, int at, String value, String key, Map<String, byte[]> pax) {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        boolean ascii = value.chars().allMatch(c -> c > 0 && c < 0x80);
        if (bytes.length > NAME_MAX || !ascii) {
            pax.put(key, bytes);
        }
        System.arraycopy(bytes, 0, header, at, Math.min(bytes.length, NAME_MAX));
    }

    private static void number(
            byte[] header, int at, long value, long max, int width, String key, Map<String, byte[]> pax) {
        if (value > max) {
            pax.put(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        }
        octal(header, at, width, Math.min(value, max));
    }

    private static void octal(byte[] header, int at, int width, long value) {
        byte[] digits =
                String.format(Locale.ROOT, "%0" + (width - 1) + "o", value).getBytes(StandardCharsets.US_ASCII);
        if (value < 0 || digits.length > width - 1) {
            throw new IllegalArgumentException("no field of an archive holds " + value);
        }
        System.arraycopy(digits, 0, header, at, width - 1);
    }

    private static byte[] time(long seconds, int nanoseconds) {
        java.math.BigDecimal time =
                java.math.BigDecimal.valueOf(nanoseconds, 9).add(java.math.BigDecimal.valueOf(seconds));
        return time.toPlainString().getBytes(StandardCharsets.US_ASCII);
    }

    private void pax(Map<String, byte[]> records) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> record : records.entrySet()) {
            byte[] key = record.getKey().getBytes(StandardCharsets.ISO_8859_1);
            int content = key.length + record.getValue().length + 3;
            int digits = 1;
            while (Integer.toString(content + digits).length() > digits) {
                digits++;
            }
            body.write((content + digits + " ").getBytes(StandardCharsets.US_ASCII));
            body.write(key);
            body.write('=');
            body.write(record.getValue());
            body.write('\n');
        }
        byte[] header = new byte[BLOCK];
        text(header, 0, "pax", "path", new TreeMap<>());
        octal(header, 100, 8, 0644);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        octal(header, 124, 12, body.size());
        octal(header, 136, 12, 0);
        header[156] = 'x';
        finish(header);
        out.write(body.toByteArray());
        out.write(new byte[(BLOCK - body.size() % BLOCK) % BLOCK]);
    }

    private void finish(byte[] header) throws IOException {
        System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, header, 257, 8);
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        octal(header, 148, 7, sum);
        header[154] = 0;
        out.write(header);
    }

    /** Ends the archive; the stream below stays open. */
    @Override
    public void close() throws IOException {
        finishEntry();
        out.write(new byte[2 * BLOCK]);
        out.flush();
    }
}
