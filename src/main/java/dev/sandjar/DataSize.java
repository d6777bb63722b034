package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of bytes. Units are powers of 1024.
 *
 * @param bytes 0 or more
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");
    private static final Pattern TEXT = Pattern.compile("\\s*([0-9]{1,19})\\s*([A-Za-z]*)\\s*");

    /**
     * Checks the number.
     *
     * @param bytes 0 or more
     * @throws IllegalArgumentException if it is negative
     */
    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size of " + bytes + " bytes is negative");
        }
    }

    /**
     * Makes a size of a number of bytes.
     *
     * @param bytes 0 or more
     * @return the size
     * @throws IllegalArgumentException if negative
     */
    public static DataSize bytes(long bytes) {
        return new DataSize(bytes);
    }

    /**
     * Makes a size of a number of units of 1024 bytes.
     *
     * @param kibibytes 0 to 9007199254740991
     * @return the size
     * @throws IllegalArgumentException if negative or too large
     */
    public static DataSize kibibytes(long kibibytes) {
        return of(kibibytes, 1);
    }

    /**
     * Makes a size of a number of units of 1048576 bytes.
     *
     * @param mebibytes 0 to 8796093022207
     * @return the size
     * @throws IllegalArgumentException if negative or too large
     */
    public static DataSize mebibytes(long mebibytes) {
        return of(mebibytes, 2);
    }

    /**
     * Makes a size of a number of units of 1073741824 bytes.
     *
     * @param gibibytes 0 to 8589934591
     * @return the size
     * @throws IllegalArgumentException if negative or too large
     */
    public static DataSize gibibytes(long gibibytes) {
        return of(gibibytes, 3);
    }

    /**
     * Reads what {@link #toString()} writes: a whole number and B, KiB, MiB, GiB or TiB, with or without a space, in any
     * case. A number alone is bytes.
     *
     * @param text such as "64 MiB"
     * @return the size
     * @throws IllegalArgumentException if it is anything else, or too large
     */
    public static DataSize parse(String text) {
        Objects.requireNonNull(text, "text");
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()) {
            String unit = matcher.group(2).isEmpty() ? "B" : matcher.group(2);
            for (int power = 0; power < UNITS.size(); power++) {
                if (UNITS.get(power).equalsIgnoreCase(unit)) {
                    return of(parseNumber(matcher.group(1), text), power);
                }
            }
        }
        throw new IllegalArgumentException(Printable.quote(text)
                + " is not a size; write a whole number and B, KiB, MiB, GiB or TiB, such as \"64 MiB\"");
    }

    private static long parseNumber(String digits, String text) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "size " + Printable.quote(text) + " is above " + Long.MAX_VALUE + " bytes", e);
        }
    }

    private static DataSize of(long count, int power) {
        long unit = 1L << (10 * power);
        Checks.range("size in " + UNITS.get(power), count, 0, Long.MAX_VALUE / unit);
        return new DataSize(count * unit);
    }

    /**
     * Returns the number of bytes, as {@link #bytes()} does.
     *
     * @return bytes, 0 or more
     */
    public long toBytes() {
        return bytes;
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** Returns the exact size, in the largest unit that needs no fraction: "64 MiB", "1500 B". */
    @Override
    public String toString() {
        int power = 0;
        long count = bytes;
        while (count != 0 && count % 1024 == 0 && power < UNITS.size() - 1) {
            count /= 1024;
            power++;
        }
        return count + " " + UNITS.get(power);
    }
}
