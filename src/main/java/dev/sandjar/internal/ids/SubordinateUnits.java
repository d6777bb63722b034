package dev.sandjar.internal.ids;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ids that /etc/subuid and /etc/subgid give to users: what their containers write must not belong to a sandbox of root. */
final class SubordinateUnits {
    private static final Pattern LINE = Pattern.compile("[^:]*:(\\d{1,10}):(\\d{1,10})\\s*");

    private SubordinateUnits() {}

    static BitSet read(List<Path> files, int units) throws SandboxException {
        BitSet taken = new BitSet(units);
        for (Path file : files) {
            if (!Files.exists(file)) {
                continue;
            }
            try {
                // Names may be in any encoding; the digits are ASCII.
                for (String line : BoundedReads.lines(file)) {
                    mark(taken, line, units);
                }
            } catch (IOException e) {
                throw new SandboxException(
                        "choose private ids",
                        "read",
                        PathBytes.shown(file),
                        Errno.EIO.number(),
                        String.valueOf(e.getMessage()),
                        "make the file readable: ids in it must not be handed out twice");
            }
        }
        return taken;
    }

    private static void mark(BitSet taken, String line, int units) {
        Matcher fields = LINE.matcher(line);
        if (!fields.matches()) {
            return;
        }
        long begin = Long.parseLong(fields.group(1));
        long from = Math.max(begin, Host.FIRST_PRIVATE_ID) - Host.FIRST_PRIVATE_ID;
        long end = begin + Long.parseLong(fields.group(2)) - Host.FIRST_PRIVATE_ID;
        if (from < end && from / IdBlocks.UNIT < units) {
            long past = Math.min((end + IdBlocks.UNIT - 1) / IdBlocks.UNIT, units);
            taken.set((int) (from / IdBlocks.UNIT), (int) past);
        }
    }
}
