package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks users and groups up in the image's own passwd and group, which are hostile: bounded, and links in them stay in the image. */
final class UserNames {
    private static final int FILE_MAX = 1 << 20;
    private static final long ID_MAX = 4_294_967_294L;
    private static final int GROUPS_MAX = 1000;

    private final LayerView view;
    private final String subject;

    UserNames(LayerView view, String subject) {
        this.view = view;
        this.subject = subject;
    }

    /** @param spec {@code USER[:GROUP]}, names or numbers */
    ImageRoot.Ids find(String spec) throws IOException {
        int colon = spec.indexOf(':');
        String named = colon < 0 ? spec : spec.substring(0, colon);
        String user = named.isEmpty() ? "0" : named; // as Docker has it
        String[] line = line("etc/passwd", user, 2);
        long uid = line != null ? number(line[2]) : id("user", user);
        if (colon >= 0 && colon + 1 < spec.length()) {
            String group = spec.substring(colon + 1);
            String[] found = line("etc/group", group, 2);
            return new ImageRoot.Ids(uid, found != null ? number(found[2]) : id("group", group), List.of());
        }
        long gid = line != null && line.length > 3 ? number(line[3]) : 0;
        return new ImageRoot.Ids(uid, gid, line != null ? groups(line[0], gid) : List.of());
    }

    /** The home directory of a user: "/" if nothing says another, as other container engines have it. */
    String home(long uid) throws IOException {
        String[] line = line("etc/passwd", Long.toString(uid), 2);
        if (line == null || line.length <= 5 || !line[2].equals(Long.toString(uid))) {
            return "/";
        }
        return line[5].startsWith("/") && line[5].indexOf('\0') < 0 ? line[5] : "/";
    }

    private List<Long> groups(String user, long own) throws IOException {
        List<Long> groups = new ArrayList<>();
        for (String line : lines("etc/group")) {
            String[] fields = line.split(":", -1);
            if (fields.length > 3 && List.of(fields[3].split(",")).contains(user) && groups.size() < GROUPS_MAX) {
                long id = number(fields[2]);
                if (id != own && !groups.contains(id)) {
                    groups.add(id);
                }
            }
        }
        return groups;
    }

    /** The line of a name, or else of a number. */
    private String @Nullable [] line(String file, String wanted, int idField) throws IOException {
        String[] byNumber = null;
        for (String line : lines(file)) {
            String[] fields = line.split(":", -1);
            if (fields.length <= idField) {
                continue;
            }
            if (fields[0].equals(wanted)) {
                return fields;
            }
            if (byNumber == null && fields[idField].equals(wanted)) {
                byNumber = fields;
            }
        }
        return byNumber;
    }

    private List<String> lines(String file) throws IOException {
        List<String> path = view.resolve(List.of(file.split("/")), subject);
        LayerView.Found found = view.find(path);
        if (found == null || found.stat().type() != HostTree.S_IFREG) {
            return List.of();
        }
        if (found.stat().size() > FILE_MAX) {
            throw new ImageException(subject, "its " + file + " has more than " + FILE_MAX + " bytes", "");
        }
        try (InputStream in = view.layer(found.layer()).read(Names.join(path)).content()) {
            return new String(in.readNBytes(FILE_MAX), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    private long id(String what, String text) throws ImageException {
        if (!text.matches("[0-9]{1,10}")) {
            throw new ImageException(
                    subject,
                    "it names the " + what + " \"" + text + "\", which its files do not list",
                    "call user(uid, gid)");
        }
        return number(text);
    }

    private long number(String text) throws ImageException {
        if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) > ID_MAX) {
            throw new ImageException(subject, "an id in its passwd or group is out of range", "call user(uid, gid)");
        }
        return Long.parseLong(text);
    }
}
