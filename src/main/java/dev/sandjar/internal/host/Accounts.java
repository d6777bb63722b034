package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What {@code passwd(5)} says of users. */
public final class Accounts {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,10}");

    private Accounts() {}

    /** The group that a user logs in with; -1 if it has no line in /etc/passwd. */
    public static long groupOf(long uid) {
        try {
            return groupOf(BoundedReads.lines(Path.of("/etc/passwd")), uid);
        } catch (IOException e) {
            return -1; // as for users of a directory service, who stand nowhere else either
        }
    }

    static long groupOf(List<String> passwd, long uid) {
        for (String line : passwd) {
            String[] fields = line.split(":", -1);
            if (fields.length > 3
                    && fields[2].equals(Long.toString(uid))
                    && NUMBER.matcher(fields[3]).matches()) {
                return Long.parseLong(fields[3]);
            }
        }
        return -1;
    }
}
