package dev.sandjar.internal.bpf;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** Names and numbers of one architecture's system calls. */
public final class SyscallTable {
    private static final Map<Machine, SyscallTable> TABLES = new EnumMap<>(Machine.class);

    static {
        for (Machine machine : Machine.values()) {
            TABLES.put(machine, read(machine));
        }
    }

    private final Map<String, Integer> numbers = new HashMap<>();
    private final SortedMap<Integer, String> names = new TreeMap<>();

    private SyscallTable() {}

    public static SyscallTable of(Machine machine) {
        SyscallTable table = TABLES.get(machine);
        if (table == null) {
            throw new IllegalStateException("no table for " + machine);
        }
        return table;
    }

    /** Whether any architecture has such a call. */
    public static boolean isKnown(String name) {
        return TABLES.values().stream().anyMatch(table -> table.numbers.containsKey(name));
    }

    /** The known name that is most like {@code name}, if one is. */
    public static Optional<String> similar(String name) {
        return TABLES.values().stream()
                .flatMap(table -> table.numbers.keySet().stream())
                .filter(known -> distance(known, name) <= 2)
                .min(java.util.Comparator.comparingInt((String known) -> distance(known, name))
                        .thenComparing(known -> known));
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private static SyscallTable read(Machine machine) {
        String resource = machine.name().toLowerCase(java.util.Locale.ROOT) + ".syscalls";
        SyscallTable table = new SyscallTable();
        try (InputStream in = SyscallTable.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing in the jar");
            }
            byte[] text = BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, resource);
            for (String line : new String(text, StandardCharsets.US_ASCII).split("\n")) {
                int space = line.indexOf(' ');
                if (!line.startsWith("#")) {
                    int number = Integer.parseInt(line.substring(space + 1));
                    table.numbers.put(line.substring(0, space), number);
                    table.names.put(number, line.substring(0, space));
                }
            }
            return table;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty for a call that this architecture does not have. */
    public OptionalInt number(String name) {
        Integer number = numbers.get(name);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** The name, or "syscall N" for a number that the table doesn't have. */
    public String name(int number) {
        return names.getOrDefault(number, "syscall " + Integer.toUnsignedString(number));
    }

    /** Every call, by number. */
    public SortedMap<Integer, String> names() {
        return Collections.unmodifiableSortedMap(names);
    }
}
