package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands before an entry that does not fit into its header: pax records and GNU's long names. Of several GNU names the last counts,
 * as for GNU tar, libarchive and Go. What tools read differently is refused, so that who looks through an archive sees what is run.
 */
final class TarExtended {
    private static final String XATTR = "SCHILY.xattr.";
    /** Of one entry; no tool writes more than four. */
    private static final int HEADERS_MAX = 8;

    private static final long BYTES_MAX = 4L << 20;
    private static final Pattern DECIMAL = Pattern.compile("0*[0-9]{1,18}");
    private static final Pattern TIME = Pattern.compile("-?[0-9]{1,18}(\\.[0-9]*)?");

    private final String subject;
    private final Map<String, String> records = new HashMap<>();
    /** GNU's first sparse format says it by many records of the same two names. */
    private final List<Long> pieces = new ArrayList<>();

    private @Nullable String longName;
    private @Nullable String longLink;
    private int headers;
    private long bytes;
    private @Nullable List<Map.Entry<String, String>> said;
    private boolean solaris;

    TarExtended(String subject) {
        this.subject = subject;
    }

    void count(long size) throws ImageException {
        bytes += size;
        if (++headers > HEADERS_MAX) {
            throw problem("an entry has more than " + HEADERS_MAX + " extended headers");
        }
        if (bytes > BYTES_MAX) {
            throw problem("the headers of one entry take more than " + BYTES_MAX + " bytes");
        }
    }

    boolean isEmpty() {
        return headers == 0;
    }

    /** Whether there is something that belongs to the next entry. */
    boolean saysSomething() {
        return said != null || longName != null || longLink != null;
    }

    /** The records are in a header that Go does not know. */
    void isOfSolaris() {
        solaris = true;
    }

    /** What has no other name for those who know such headers. */
    void checkSolaris(String name, String link, EntrySubject about) throws ImageException {
        if (!solaris) {
            return;
        }
        boolean same =
                record("path", name).equals(name) && record("linkpath", link).equals(link);
        if (!same
                || record("size") != null
                || records.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))) {
            throw new ImageException(
                    about.toString(), "it has another name or size in a header of Solaris than in its own", "");
        }
    }

    private String record(String key, String otherwise) {
        String value = record(key);
        return value == null ? otherwise : value;
    }

    void name(byte[] content) {
        longName = untilNul(content);
    }

    void link(byte[] content) {
        longLink = untilNul(content);
    }

    private static String untilNul(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        int nul = text.indexOf('\0');
        return nul < 0 ? text : text.substring(0, nul);
    }

    /** Of two such headers some tools take the first, some the last, others both: they have to be the same. */
    void records(List<Map.Entry<String, String>> all) throws ImageException {
        List<Map.Entry<String, String>> before = said;
        if (before != null && !before.equals(all)) {
            throw problem("an entry has two extended headers of its own that say different things");
        }
        said = all;
        records.clear();
        pieces.clear();
        for (Map.Entry<String, String> record : all) {
            records.put(record.getKey(), record.getValue());
            if (record.getKey().equals("GNU.sparse.offset") || record.getKey().equals("GNU.sparse.numbytes")) {
                boolean offset = record.getKey().equals("GNU.sparse.offset");
                if (offset != (pieces.size() % 2 == 0)) {
                    throw problem("the map of a sparse file is malformed");
                }
                pieces.add(decimal(record.getKey(), record.getValue()));
            }
        }
    }

    List<Long> pieces() {
        return pieces;
    }

    /** A record that says something; null if there is none. */
    @Nullable
    String record(String key) {
        if (records.isEmpty()) {
            return null;
        }
        String value = records.get(key);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The number of a record, or what the header says. */
    long number(String key, long header) throws ImageException {
        String value = record(key);
        return value == null ? header : decimal(key, value);
    }

    private long decimal(String key, String value) throws ImageException {
        if (!DECIMAL.matcher(value).matches()) {
            throw problem("an extended header has a " + key + " that makes no sense");
        }
        return Long.parseLong(value);
    }

    String name(String header) throws ImageException {
        String path = text("path", longName, header);
        String sparse = record("GNU.sparse.name"); // whose path only says that the entry is not the file itself
        return sparse == null ? path : checked(sparse);
    }

    String link(String header) throws ImageException {
        return text("linkpath", longLink, header);
    }

    private String text(String key, @Nullable String gnu, String header) throws ImageException {
        String pax = record(key);
        if (pax != null && gnu != null && !pax.equals(gnu)) {
            throw problem("an entry has two names, " + Names.shown(pax) + " as pax and " + Names.shown(gnu)
                    + " as GNU write them");
        }
        return pax != null ? checked(pax) : gnu != null ? gnu : header;
    }

    private String checked(String name) throws ImageException {
        if (name.indexOf('\0') >= 0) {
            throw problem("the name of an entry has a NUL character");
        }
        return name;
    }

    /** Seconds and nanoseconds. */
    long[] time(long header) throws ImageException {
        String value = record("mtime");
        if (value == null) {
            return new long[] {header, 0};
        }
        if (!TIME.matcher(value).matches()) {
            throw problem("an extended header has a mtime that makes no sense");
        }
        int point = value.indexOf('.');
        long seconds = Long.parseLong(point < 0 ? value : value.substring(0, point));
        String fraction = point < 0 ? "" : value.substring(point + 1);
        long nanoseconds = Long.parseLong((fraction + "000000000").substring(0, 9));
        if (value.startsWith("-") && nanoseconds > 0) {
            return new long[] {seconds - 1, 1_000_000_000 - nanoseconds};
        }
        return new long[] {seconds, nanoseconds};
    }

    Map<String, byte[]> xattrs() throws ImageException {
        if (records.isEmpty()) {
            return Map.of();
        }
        Map<String, byte[]> xattrs = new HashMap<>();
        for (Map.Entry<String, String> record : records.entrySet()) {
            if (record.getKey().startsWith(XATTR)) {
                String name = checked(record.getKey().substring(XATTR.length()));
                xattrs.put(name, record.getValue().getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return xattrs;
    }

    /** "LENGTH KEY=VALUE\n" again and again, the length counting itself. */
    static List<Map.Entry<String, String>> parse(byte[] records, String subject) throws ImageException {
        List<Map.Entry<String, String>> all = new ArrayList<>();
        int start = 0;
        while (start < records.length) {
            int space = start;
            int length = 0;
            while (space < records.length && records[space] >= '0' && records[space] <= '9' && space - start < 8) {
                length = length * 10 + records[space++] - '0';
            }
            int end = start + length;
            boolean whole = space > start && space < records.length && records[space] == ' ' && end > space + 1;
            if (!whole || end > records.length || records[end - 1] != '\n') {
                throw new ImageException(subject, "an extended header is malformed", "");
            }
            String text = new String(records, space + 1, end - 2 - space, StandardCharsets.ISO_8859_1);
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new ImageException(subject, "an extended header is malformed", "");
            }
            all.add(Map.entry(text.substring(0, equals), text.substring(equals + 1)));
            start = end;
        }
        return all;
    }

    private ImageException problem(String what) {
        return new ImageException(subject, what, "");
    }
}
