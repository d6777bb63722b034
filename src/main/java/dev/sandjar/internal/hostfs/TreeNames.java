package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import java.util.ArrayList;
import java.util.List;

/** The names in a directory, without "." and "..", in no order. How many there are, a guest may have decided. */
final class TreeNames {
    private static final int MAX = 1 << 20;
    private static final int ENTRIES = FileCall.Scratch.THIRD;
    private static final int SIZE = 1 << 15;
    private static final int LENGTH_AT = 16;
    private static final int NAME_AT = 19;

    private TreeNames() {}

    /**
     * All of them.
     *
     * @throws SandboxException if there are more than a million
     */
    static List<String> all(HostTree directory) throws SandboxException {
        List<String> names = of(directory, MAX + 1);
        if (names.size() > MAX) {
            throw new SandboxException(
                    "list a directory",
                    null,
                    directory.toString(),
                    0,
                    "it has more than " + MAX + " entries",
                    "remove some, or have the program write fewer");
        }
        return names;
    }

    /** A little more than {@code enough} of them, or all. */
    static List<String> of(HostTree directory, int enough) throws SandboxException {
        List<String> names = new ArrayList<>();
        try (HostTree fresh = directory.again();
                FileCall.Scratch scratch = FileCall.Scratch.take()) {
            while (true) {
                int n = (int) FileCall.GETDENTS64.call(fresh.descriptor(), scratch.address(ENTRIES), SIZE);
                Calls.check(n, "list a directory", "getdents64", directory.toString());
                if (n == 0 || names.size() >= enough) {
                    return names;
                }
                for (int at = ENTRIES; at < ENTRIES + n; at += scratch.getShort(at + LENGTH_AT) & 0xffff) {
                    String name = scratch.getString(at + NAME_AT);
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name);
                    }
                }
            }
        }
    }
}
