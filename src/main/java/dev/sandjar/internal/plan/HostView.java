package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The curated read-only view of the host: programs, libraries, and of /etc only what programs need to run. */
final class HostView {
    static final List<String> TREES = List.of("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32");
    /** Files of its own. */
    static final List<String> WRITTEN = List.of("/etc/passwd", "/etc/group", "/etc/hosts");

    /** No accounts, no secrets, no configuration of services: loader, certificates, names of protocols, time zone. */
    static final List<String> ETC = List.of(
            "ld.so.cache",
            "ld.so.conf",
            "ld.so.conf.d",
            "alternatives",
            "localtime",
            "timezone",
            "nsswitch.conf",
            "host.conf",
            "protocols",
            "services",
            "mime.types",
            "os-release",
            "ssl/certs",
            "ssl/openssl.cnf",
            "pki",
            "crypto-policies",
            "terminfo");

    /** Copying a file this small costs less than a mount, at the start and again at the end. */
    private static final int COPIED_MAX = 16384;

    private static final String ACCOUNT = "sandbox";
    private static final long NOBODY = 65534;

    /** @param content of a file that is copied */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(String target, byte @Nullable [] link, byte @Nullable [] content, int slot) {}

    private final Draft draft;
    private final HostConfiguration configuration = HostConfiguration.ofThisHost();
    private final List<Entry> entries = new ArrayList<>();
    /** Guest paths of what not everybody may read, in directories that are shown. */
    private final List<String> closed = new ArrayList<>();

    private HostView(Draft draft) {
        this.draft = draft;
    }

    static HostView open(Draft draft, MountSources sources) throws SandboxException {
        HostView view = new HostView(draft);
        for (String tree : TREES) {
            view.add(tree, sources);
        }
        for (String name : ETC) {
            view.add("/etc/" + name, sources);
        }
        for (String name : view.configuration.present()) {
            if (isFree(draft, name)) {
                view.add(name, sources);
            }
        }
        if (Files.exists(view.configuration.at(HostConfiguration.MTAB)) && isFree(draft, HostConfiguration.MTAB)) {
            view.entries.add(new Entry(
                    HostConfiguration.MTAB, "/proc/self/mounts".getBytes(StandardCharsets.US_ASCII), null, -1));
        }
        return view;
    }

    /** Not if the sandbox has something of its own there, below or above: a directory of the host's takes no more files. */
    private static boolean isFree(Draft draft, String name) {
        return draft.request.mounts().stream()
                .filter(entry -> !MountKinds.isCover(entry))
                .map(entry -> entry.target() + "/")
                .noneMatch(target -> target.startsWith(name + "/") || (name + "/").startsWith(target));
    }

    /** Whether a guest path is at or below one that is shown if the host has it. */
    static boolean isShown(String guest) {
        return TREES.stream().anyMatch(tree -> guest.equals(tree) || guest.startsWith(tree + "/"))
                || ETC.stream()
                        .map(name -> "/etc/" + name)
                        .anyMatch(file -> guest.equals(file) || guest.startsWith(file + "/"))
                || guest.equals(HostConfiguration.MTAB)
                || WRITTEN.contains(guest)
                || HostConfiguration.covers(guest);
    }

    /** What has to be covered in a directory, and nothing in a file; null if it has to be left out. Ids that nobody else has are stopped by modes. */
    private @Nullable List<String> closedIn(Path path) {
        return draft.idMap.privateBlock() > 0 ? List.of() : HostConfiguration.closedIn(path, draft.watched);
    }

    private void add(String name, MountSources sources) throws SandboxException {
        Path path = Path.of(name);
        try {
            // A link such as /bin -> usr/bin stays one; links of /etc lead anywhere, so what they name is bound.
            if (Files.isSymbolicLink(path) && TREES.contains(name)) {
                entries.add(new Entry(name, PathBytes.ofLink(Files.readSymbolicLink(path)), null, -1));
                return;
            }
            if (!TREES.contains(name) && !configuration.isForAll(path)) {
                return; // this process may be able to read what the program has no business with
            }
            if (Files.isRegularFile(path) && Files.size(path) <= COPIED_MAX) {
                entries.add(new Entry(name, null, BoundedReads.bytes(path, COPIED_MAX), -1));
                return;
            }
        } catch (IOException e) {
            return; // gone since it was looked at: as absent as if it had never been there
        }
        List<String> below = TREES.contains(name) ? List.of() : closedIn(path);
        if (below == null) {
            draft.entries.add(new AppliedPolicy.Entry(
                    name, AppliedPolicy.Outcome.ABSENT, "", "too much in there is not for everybody to read"));
            return;
        }
        if (Files.exists(path)) {
            below.forEach(file -> closed.add(name + file));
            int slot = draft.nextSlot();
            sources.openTree(slot, path, true, "open " + name, null);
            entries.add(new Entry(name, null, null, slot));
        }
    }

    long count() {
        return entries.stream().filter(e -> e.slot() >= 0).count();
    }

    void place() {
        for (Entry e : entries) {
            if (e.link() != null) {
                draft.setup(new Work.Symlink(e.target(), new Bytes(e.link())), 0, "link " + e.target(), null);
            } else if (e.content() != null) {
                file(e.target(), e.content());
            } else {
                draft.setup(
                        new Work.Bind(
                                e.slot(),
                                e.target(),
                                MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV),
                        Opcode.RECURSIVE | Opcode.CREATE | draft.classic(),
                        "bind " + e.target(),
                        Isolation.MOUNT_NAMESPACE);
            }
        }
        for (String path : closed) {
            draft.setup(
                    new Work.Mask(path), Opcode.OPTIONAL | draft.classic(), "mask " + path, Isolation.MOUNT_NAMESPACE);
            draft.enforced("masked " + path, "empty read-only mount", "not everybody may read it on the host");
        }
        accounts();
        for (String directory : List.of("/tmp", "/run", "/home", "/root", "/var/tmp")) {
            draft.setup(new Work.MakeDirectory(directory, 0755), 0, "make " + directory, null);
        }
    }

    /** The name in its passwd of the user that a program runs as, where that is known. */
    static @Nullable String userName(Request request) {
        Long uid = request.uid();
        boolean own = request.root() instanceof RootFs.HostReadOnly
                && request.mounts().stream()
                        .noneMatch(entry ->
                                entry.target().equals("/etc") || entry.target().equals("/etc/passwd"));
        if (!own || uid == null) {
            return null;
        }
        return uid == 0 ? "root" : uid == NOBODY ? "nobody" : ACCOUNT;
    }

    /** Accounts that say nothing of the host: root, nobody, and the one that the program runs as. */
    private void accounts() {
        Long uid = draft.request.uid();
        Long gid = draft.request.gid();
        StringBuilder passwd = new StringBuilder("root:x:0:0:root:/root:/bin/sh\n");
        StringBuilder group = new StringBuilder("root:x:0:\n");
        if (uid != null && gid != null && uid != 0) {
            passwd.append(ACCOUNT + ":x:" + uid + ":" + gid + ":sandbox:/tmp:/bin/sh\n");
        }
        if (gid != null && gid != 0) {
            group.append("sandbox:x:" + gid + ":\n");
        }
        passwd.append("nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        group.append("nogroup:x:65534:\n");
        file("/etc/passwd", passwd);
        file("/etc/group", group);
        String name =
                draft.request.namespaces().hostname().map(host -> " " + host).orElse("");
        String ports = Link.hostsLines(draft.request.namespaces().network());
        file(
                "/etc/hosts",
                new StringBuilder("127.0.0.1\tlocalhost" + name + "\n::1\tlocalhost\n" + (ports == null ? "" : ports)));
        ResolverFiles.file(draft).ifPresent(file -> draft.setup(file, 0, "write " + ResolverFiles.RESOLV_CONF, null));
    }

    private void file(String path, StringBuilder text) {
        file(path, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void file(String path, byte[] content) {
        Work.WriteFile write = new Work.WriteFile(path, 0644, new Bytes(content));
        draft.setup(AttachmentPlanner.withNames(draft, null, write), 0, "write " + path, null);
    }
}
