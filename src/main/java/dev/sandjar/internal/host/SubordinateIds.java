package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Ranges of {@code subuid(5)} and {@code subgid(5)}; {@code inside} of a range is not used and 0. */
final class SubordinateIds {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,10}");

    private SubordinateIds() {}

    /** The ranges of one user, by name or by number; none if the file can't be read. */
    static List<IdRange> of(Path file, @Nullable String user, long uid) {
        try {
            // Names may be in any encoding; the digits are ASCII.
            return parse(BoundedReads.lines(file), user, uid);
        } catch (IOException e) {
            return List.of();
        }
    }

    static List<IdRange> parse(List<String> lines, @Nullable String user, long uid) {
        List<IdRange> ranges = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.strip().split(":");
            if (fields.length != 3 || !(fields[0].equals(user) || fields[0].equals(Long.toString(uid)))) {
                continue;
            }
            // newuidmap skips a line that it can't read, and so must whoever wants the same ranges.
            if (NUMBER.matcher(fields[1]).matches() && NUMBER.matcher(fields[2]).matches()) {
                ranges.add(new IdRange(0, Long.parseLong(fields[1]), Long.parseLong(fields[2])));
            }
        }
        return List.copyOf(ranges);
    }

    /** The login name of a user id in /etc/passwd, or null. */
    static @Nullable String nameOf(long uid) {
        try {
            return nameOf(BoundedReads.lines(Path.of("/etc/passwd")), uid);
        } catch (IOException e) {
            return null;
        }
    }

    static @Nullable String nameOf(List<String> passwd, long uid) {
        for (String line : passwd) {
            String[] fields = line.split(":", -1);
            if (fields.length > 3 && fields[2].equals(Long.toString(uid))) {
                return fields[0];
            }
        }
        return null;
    }
}
