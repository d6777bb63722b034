package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Unpacks one layer into an empty directory as overlayfs wants it: what the layer deletes becomes whiteouts and opaque directories.
 * Everything in the archive is hostile. Names are resolved in the view of this layer and those below it, and created beneath a directory
 * descriptor without following any link, so that nothing lands outside whatever the archive says.
 */
final class Unpacker implements AutoCloseable {
    private static final String WHITEOUT = ".wh.";
    private static final String AUFS = ".wh..wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final int OPEN_MAX = 64;
    /** How notes on owners end. */
    static final String NOT_IN_MAP = " is not in the map";

    private static final int NOTES_MAX = 1000;
    private static final int CHUNK = 1 << 17;
    private static final int WORTH_WRITING = 16 << 10;
    private static final int HOLE = 4096;

    private final HostTree root;
    private final LayerView view;
    private final LayerView below;
    private final boolean base;
    private final Ownership ownership;
    private final Budget budget;
    private final String subject;
    private final byte[] buffer = new byte[CHUNK];
    private final List<String> notes = new ArrayList<>();
    private long highest;
    /** Ordered, so that those below one are found without a look at the others. */
    private final NavigableMap<String, long[]> directoryTimes = new TreeMap<>();

    private final Map<String, Opened> open = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Opened> eldest) {
            if (size() > OPEN_MAX) {
                eldest.getValue().directory().close();
                return true;
            }
            return false;
        }
    };

    /**
     * @param root the empty directory
     * @param lower the unpacked layers below, topmost first
     */
    Unpacker(HostTree root, List<HostTree> lower, Ownership ownership, Budget budget, String subject)
            throws IOException {
        this.root = root;
        List<HostTree> all = new ArrayList<>(List.of(root));
        all.addAll(lower);
        this.view = new LayerView(all);
        this.below = view.without(1);
        this.base = lower.isEmpty();
        this.ownership = ownership;
        this.budget = budget;
        this.subject = subject;
        root.chmod(".", 0755);
        if (!base) {
            copyDirectory(lower.get(0), "", root);
        }
    }

    /** @param path of the directory, without symbolic links */
    private record Opened(HostTree directory, String path) {}

    /** The highest number of an owner that could be given. */
    long highest() {
        return highest;
    }

    /** What could not be kept, such as device nodes of an unprivileged caller; the first thousand. */
    List<String> notes() {
        return notes;
    }

    void unpack(TarReader tar) throws IOException {
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            budget.entry(entry);
            EntrySubject about = about(entry);
            entry.check(about);
            apply(entry, about, tar);
        }
        for (Map.Entry<String, long[]> directory : directoryTimes.entrySet()) {
            try (HostTree opened = root.beneath(directory.getKey())) {
                opened.times("", directory.getValue()[0], (int) directory.getValue()[1]);
            }
        }
    }

    private EntrySubject about(TarEntry entry) {
        return new EntrySubject(subject, entry.name());
    }

    private void apply(TarEntry entry, EntrySubject about, TarReader tar) throws IOException {
        List<String> path = Names.split(entry.name(), about, budget.depth());
        if (path.isEmpty()) {
            if (entry.type() != TarEntry.Type.DIRECTORY) {
                throw new ImageException(about.toString(), "the root of an image is a directory", "");
            }
            describe(root, ".", entry);
            directoryTimes.put("", new long[] {entry.seconds(), entry.nanoseconds()});
            return;
        }
        String name = path.get(path.size() - 1);
        List<String> parent = path.subList(0, path.size() - 1);
        if (startsWith(parent, AUFS) || (name.startsWith(AUFS) && !name.equals(OPAQUE))) {
            return; // what aufs kept for itself
        }
        if (startsWith(parent, WHITEOUT)) {
            throw new ImageException(about.toString(), "it lies beneath a whiteout", "");
        }
        boolean changesWays = true;
        if (name.equals(OPAQUE)) {
            opaque(parent, about);
        } else if (name.startsWith(WHITEOUT)) {
            whiteout(parent, name.substring(WHITEOUT.length()), about);
        } else {
            Opened opened = opened(parent, about);
            // In the lowest layer all that is on a way is in this directory, and gives way when something takes its
            // name.
            changesWays = changesWays(opened, name, entry, about) || (!base && leads(Names.join(path)));
            changesWays |= create(opened.directory(), opened.path(), name, entry, tar);
        }
        if (changesWays) {
            forgetWays();
        }
    }

    private static boolean startsWith(List<String> path, String prefix) {
        for (String part : path) {
            if (part.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a link may change where names lead by which directories were opened. All that is on their ways is there, in this layer or
     * below, so that a link in a place where nothing was is on none.
     */
    private boolean changesWays(Opened parent, String name, TarEntry entry, EntrySubject about) throws IOException {
        if (entry.type() != TarEntry.Type.SYMLINK) {
            return false;
        }
        if (parent.directory().stat(name) != null) {
            return true;
        }
        return !base && below.find(Names.split(join(parent.path(), name), about, Integer.MAX_VALUE)) != null;
    }

    private static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "/" + name;
    }

    /** Whether directories were opened by this name: what it leads to may have changed. */
    private boolean leads(String name) {
        for (String known : open.keySet()) {
            if (known.startsWith(name) && (known.length() == name.length() || known.charAt(name.length()) == '/')) {
                return true;
            }
        }
        return false;
    }

    /** Where names lead has to be found out again. */
    private void forgetWays() {
        open.values().forEach(opened -> opened.directory().close());
        open.clear();
    }

    // ---- what a layer deletes

    private void opaque(List<String> parent, EntrySubject about) throws IOException {
        LayerView.Found found = base ? null : below.find(view.resolve(parent, about));
        if (found != null && found.stat().isDirectory()) {
            markOpaque(directory(parent, about), "");
        }
    }

    private void markOpaque(HostTree directory, String name) throws IOException {
        byte[] yes = {'y'};
        String mark = ownership.isTrusted() ? LayerView.OPAQUE_TRUSTED : LayerView.OPAQUE_USER;
        check(directory.trySetXattr(name, mark, yes), "mark a directory as opaque", directory);
    }

    private static void check(int result, String step, HostTree directory) throws SandboxException {
        if (result < 0) {
            throw new SandboxException(
                    step,
                    null,
                    directory.toString(),
                    -result,
                    "the file system of the image store can't keep what overlayfs needs",
                    "put the store on ext4, xfs or btrfs: ImageStore.open(directory)");
        }
    }

    private void whiteout(List<String> parent, String name, EntrySubject about) throws IOException {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new ImageException(about.toString(), "it would delete a directory above", "");
        }
        List<String> place = new ArrayList<>(view.resolve(parent, about));
        LayerView.Found parentSeen = view.find(place);
        place.add(name);
        if (base || parentSeen == null || !parentSeen.stat().isDirectory() || below.find(place) == null) {
            return; // nothing of it is seen anyway: where a file takes a directory's place, some tools delete what was
            // in that
        }
        HostTree directory = directory(parent, about);
        HostTree.Stat there = directory.stat(name);
        if (there == null) {
            check(directory.tryMknod(name, HostTree.S_IFCHR, 0, 0), "make a whiteout", directory);
        } else if (there.isDirectory()) {
            markOpaque(directory, name);
        }
    }

    // ---- directories on the way

    /** The directory of this layer at a path, with what leads there. */
    private HostTree directory(List<String> path, EntrySubject about) throws IOException {
        return opened(path, about).directory();
    }

    private Opened opened(List<String> path, EntrySubject about) throws IOException {
        if (path.isEmpty()) {
            return new Opened(root, "");
        }
        String key = Names.join(path);
        Opened opened = open.get(key);
        if (opened == null) {
            // A directory of this layer without links on the way is what is seen there, whatever lies below.
            HostTree direct = root.tryBeneath(key);
            if (direct == null) {
                List<String> real = view.resolve(path, about);
                opened = new Opened(ensure(real, about), Names.join(real));
            } else {
                opened = new Opened(direct, key);
            }
            if (opened.directory() != root) {
                open.put(key, opened);
            }
        }
        return opened;
    }

    private HostTree ensure(List<String> path, EntrySubject about) throws IOException {
        HostTree at = root;
        for (int i = 0; i < path.size(); i++) {
            HostTree before = at;
            try {
                at = ensure(before, path.subList(0, i + 1), about);
            } finally {
                if (before != root) {
                    before.close();
                }
            }
        }
        return at;
    }

    private HostTree ensure(HostTree at, List<String> path, EntrySubject about) throws IOException {
        String name = path.get(path.size() - 1);
        HostTree.Stat there = at.stat(name);
        boolean replaces = there != null && there.isWhiteout();
        if (there != null && !there.isDirectory() && !replaces) {
            throw new ImageException(
                    about.toString(), Names.shown(Names.join(path)) + " on the way is not a directory", "");
        }
        if (there != null && !replaces) {
            return at.beneath(name);
        }
        LayerView.Found found = replaces || base ? null : below.find(path);
        if (found != null && !found.stat().isDirectory()) {
            throw new ImageException(
                    about.toString(), Names.shown(Names.join(path)) + " on the way is not a directory", "");
        }
        if (replaces) {
            at.unlink(name);
        }
        at.mkdir(name, 0755);
        if (replaces) {
            markOpaque(at, name);
        }
        if (found == null) {
            at.chmod(name, 0755);
            return at.beneath(name);
        }
        try (HostTree made = at.beneath(name)) {
            copyDirectory(below.layer(found.layer()), Names.join(path), made);
        }
        return at.beneath(name);
    }

    /** A directory that this layer only changes something in keeps what lower layers say of it. */
    private void copyDirectory(HostTree layer, String path, HostTree made) throws IOException {
        try (HostTree source = layer.beneath(path)) {
            HostTree.Stat stat = source.stat("");
            if (stat == null) {
                return;
            }
            if (ownership.keepsOwners()) {
                made.chown(".", stat.uid(), stat.gid());
            }
            made.chmod(".", stat.mode());
            copyAttributes(source, "", made, "");
            directoryTimes.putIfAbsent(path, new long[] {stat.seconds(), stat.nanoseconds()});
        }
    }

    private static void copyAttributes(HostTree from, String name, HostTree to, String newName) throws IOException {
        for (String attribute : from.xattrs(name)) {
            byte[] value = Attributes.isKept(attribute) ? from.xattr(name, attribute) : null;
            if (value != null) {
                check(to.trySetXattr(newName, attribute, value), "set attribute " + attribute, to);
            }
        }
    }

    // ---- what a layer brings

    /** Whether something had to give way to it. */
    private boolean create(HostTree directory, String parent, String name, TarEntry entry, TarReader tar)
            throws IOException {
        String path = join(parent, name);
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            return hardLink(directory, path, name, entry);
        }
        if (isLeftOut(entry)) {
            note(path + ": " + entry.type().name().toLowerCase(java.util.Locale.ROOT) + " " + entry.major() + ":"
                    + entry.minor() + " left out");
            return false;
        }
        boolean isDirectory = entry.type() == TarEntry.Type.DIRECTORY;
        boolean replaces = false;
        // Nothing is there as a rule, which making it tells.
        if (!make(directory, name, entry, tar)) {
            HostTree.Stat there = directory.stat(name);
            boolean merges = isDirectory && there != null && there.isDirectory();
            if (there != null && !merges) {
                remove(directory, name, path, there);
                replaces = true;
            }
            if (!merges && !make(directory, name, entry, tar)) {
                throw new ImageException(
                        about(entry).toString(), "somebody else changes the image store meanwhile", "try again");
            }
            if (isDirectory && there != null && there.isWhiteout()) {
                markOpaque(directory, name);
            }
        }
        if (isDirectory) {
            directoryTimes.put(path, new long[] {entry.seconds(), entry.nanoseconds()});
        }
        if (!isDescribedOpen(entry)) {
            describe(directory, name, entry);
        }
        return replaces;
    }

    /** Whether all that a header says is set while the file is open, without looking for its name again. */
    private boolean isDescribedOpen(TarEntry entry) {
        return entry.type() == TarEntry.Type.FILE && ownership.map() == null;
    }

    /** False if something has that name. */
    private boolean make(HostTree directory, String name, TarEntry entry, TarReader tar) throws IOException {
        return switch (entry.type()) {
            case FILE -> file(directory, name, entry, tar);
            case DIRECTORY -> directory.tryMkdir(name, 0700);
            case SYMLINK -> directory.trySymlink(entry.link(), name);
            case CHARACTER_DEVICE -> device(directory, name, HostTree.S_IFCHR, entry);
            case BLOCK_DEVICE -> device(directory, name, HostTree.S_IFBLK, entry);
            case FIFO -> mknod(directory, name, HostTree.S_IFIFO | 0600, 0, 0);
            case HARD_LINK -> throw new IllegalStateException("handled above");
        };
    }

    private static boolean mknod(HostTree directory, String name, int mode, long major, long minor) throws IOException {
        int result = directory.tryMknod(name, mode, major, minor);
        if (Errno.EEXIST.is(-result)) {
            return false;
        }
        if (result < 0) {
            throw new SandboxException("make a special file", "mknodat", directory.shown(name), -result, "", "");
        }
        return true;
    }

    private boolean isLeftOut(TarEntry entry) {
        return !ownership.isExact()
                && (entry.type() == TarEntry.Type.CHARACTER_DEVICE || entry.type() == TarEntry.Type.BLOCK_DEVICE);
    }

    private void note(String text) {
        if (notes.size() < NOTES_MAX) {
            notes.add(Names.shown(text));
        }
    }

    private void remove(HostTree directory, String name, String path, HostTree.Stat there) throws IOException {
        if (there.isDirectory()) {
            forget(path, directory);
            TreeRemoval.remove(directory, name);
        } else {
            directory.unlink(name);
        }
    }

    /** By whatever names they were opened. */
    private void forget(String path, HostTree kept) {
        open.values().removeIf(opened -> {
            if (opened.directory() == kept) {
                return false;
            }
            opened.directory().close();
            return true;
        });
        directoryTimes.remove(path);
        directoryTimes.subMap(path + "/", path + "0").clear(); // "0" is what comes next after "/"
    }

    private boolean file(HostTree directory, String name, TarEntry entry, TarReader tar) throws IOException {
        try (HostFile file = directory.tryCreate(name)) {
            if (file == null) {
                return false;
            }
            content(file, entry, tar);
            if (isDescribedOpen(entry)) {
                describe(file, directory, name, entry);
            }
            return true;
        }
    }

    private void content(HostFile file, TarEntry entry, TarReader tar) throws IOException {
        long position = tar.skipHole();
        long end = 0;
        for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
            if (position + n > entry.size()) {
                throw new ImageException(about(entry).toString(), "it has more bytes than it says", "");
            }
            if (entry.sparse()) {
                end = writePieces(file, n, position, end);
            } else {
                file.write(buffer, 0, n, position);
                end = position + n;
            }
            position += n;
            position += tar.skipHole();
        }
        if (position != entry.size()) {
            throw new ImageException(
                    about(entry).toString(), "it has " + position + " bytes and says " + entry.size(), "get it again");
        }
        if (end < position) {
            file.truncate(position);
        }
        if (position >= WORTH_WRITING) {
            // So that little is left to wait for at the end of the layer.
            file.beginSync();
        }
    }

    /** Writes what the buffer has between holes; the end of what was written so far. */
    private long writePieces(HostFile file, int length, long position, long before) throws IOException {
        long end = before;
        for (int from = 0; from < length; ) {
            int to = from;
            while (to < length && !isHole(to, length)) {
                to = Math.min(length, to + HOLE);
            }
            if (to > from) {
                file.write(buffer, from, to - from, position + from);
                end = position + to;
            }
            from = Math.min(length, to + HOLE);
        }
        return end;
    }

    private boolean isHole(int from, int length) {
        int end = Math.min(length, from + HOLE);
        for (int i = from; i < end; i++) {
            if (buffer[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean device(HostTree directory, String name, int type, TarEntry entry) throws IOException {
        if (type == HostTree.S_IFCHR && entry.major() == 0 && entry.minor() == 0) {
            throw new ImageException(
                    about(entry).toString(),
                    "device 0:0 is what overlayfs takes for a deleted file",
                    "delete by .wh. entries");
        }
        return mknod(directory, name, type | 0600, entry.major(), entry.minor());
    }

    /** Whether something had to give way to it. */
    private boolean hardLink(HostTree directory, String path, String name, TarEntry entry) throws IOException {
        HostTree.Stat there = directory.stat(name);
        List<String> wanted =
                Names.split(entry.link(), new EntrySubject(subject, entry.name() + ", a link,"), budget.depth());
        if (wanted.isEmpty()) {
            throw new ImageException(about(entry).toString(), "it is a hard link to the root", "");
        }
        List<String> target = new ArrayList<>(view.resolve(wanted.subList(0, wanted.size() - 1), about(entry)));
        target.add(wanted.get(wanted.size() - 1));
        LayerView.Found found = view.find(target);
        if (found == null) {
            if (notes.stream().anyMatch(n -> n.startsWith(Names.shown(Names.join(target)) + ": "))) {
                note(path + ": a hard link to what was left out");
                return false;
            }
            throw new ImageException(
                    about(entry).toString(),
                    "it is a hard link to " + Names.shown(entry.link()) + ", which is not there",
                    "");
        }
        if (found.stat().isDirectory()) {
            throw new ImageException(about(entry).toString(), "it is a hard link to a directory", "");
        }
        if (Names.join(target).equals(path)) {
            return false;
        }
        if (there != null) {
            remove(directory, name, path, there);
        }
        List<String> parent = target.subList(0, target.size() - 1);
        String last = target.get(target.size() - 1);
        HostTree source = directory(parent, about(entry));
        if (found.layer() > 0) {
            copyUp(found, target, source, last);
        }
        // Opening the other may have closed this one.
        List<String> own = Names.split(path, about(entry), Integer.MAX_VALUE);
        try (HostTree to = root.beneath(Names.join(own.subList(0, own.size() - 1)));
                HostTree from = root.beneath(Names.join(parent))) {
            to.link(from, last, name);
        }
        return there != null;
    }

    /** A file of a lower layer that gets a further name in this one, as overlayfs does it. */
    private void copyUp(LayerView.Found found, List<String> path, HostTree to, String name) throws IOException {
        HostTree.Stat stat = found.stat();
        try (HostTree from = view.layer(found.layer()).beneath(Names.join(path.subList(0, path.size() - 1)))) {
            switch (stat.type()) {
                case HostTree.S_IFREG -> {
                    budget.take(stat.size());
                    Copying.content(from, name, to, name, buffer);
                }
                case HostTree.S_IFLNK -> to.symlink(from.readlink(name), name);
                default -> to.mknod(name, (stat.mode() & HostTree.S_IFMT) | 0600, stat.major(), stat.minor());
            }
            Copying.description(from, name, stat, to, name, ownership.keepsOwners());
        }
    }

    // ---- what it says of them

    private void describe(HostTree directory, String name, TarEntry entry) throws IOException {
        // Before the permissions: a change of the owner takes set-user-ID and set-group-ID away.
        if (ownership.keepsOwners()) {
            directory.chown(name, ownership.uid(entry.userOnDisk()), ownership.gid(entry.groupOnDisk()));
        }
        noteOwner(entry);
        if (entry.type() != TarEntry.Type.SYMLINK) {
            directory.chmod(name, mode(entry));
        }
        attributes(directory, name, entry);
        if (entry.type() != TarEntry.Type.DIRECTORY) {
            directory.times(name, entry.seconds(), entry.nanoseconds());
        }
    }

    /** The same of an open file, which has that name. */
    private void describe(HostFile file, HostTree directory, String name, TarEntry entry) throws IOException {
        if (ownership.keepsOwners()) {
            file.chown(ownership.uid(entry.userOnDisk()), ownership.gid(entry.groupOnDisk()));
        }
        noteOwner(entry);
        file.chmod(mode(entry));
        attributes(directory, name, entry);
        file.times(entry.seconds(), entry.nanoseconds());
    }

    private void noteOwner(TarEntry entry) {
        if (entry.uid() != entry.userOnDisk() || entry.gid() != entry.groupOnDisk()) {
            note(entry.name() + ": owner " + entry.uid() + ":" + entry.gid() + " is none, and became "
                    + entry.userOnDisk() + ":" + entry.groupOnDisk());
        }
        if (!ownership.has(entry.userOnDisk(), entry.groupOnDisk())) {
            note(entry.name() + ": owner " + entry.uid() + ":" + entry.gid() + NOT_IN_MAP);
        } else {
            highest = Math.max(highest, Math.max(entry.userOnDisk(), entry.groupOnDisk()));
        }
    }

    private void attributes(HostTree directory, String name, TarEntry entry) throws IOException {
        if (entry.xattrs().isEmpty()) {
            return;
        }
        for (Map.Entry<String, byte[]> attribute : entry.xattrs().entrySet()) {
            attribute(directory, name, entry, attribute.getKey(), attribute.getValue());
        }
    }

    /** Who has one id alone has to be able to get at what is its own. */
    private int mode(TarEntry entry) {
        if (ownership.keepsOwners()) {
            return entry.mode();
        }
        return entry.mode() | (entry.type() == TarEntry.Type.DIRECTORY ? 0700 : 0400);
    }

    private void attribute(HostTree directory, String name, TarEntry entry, String attribute, byte[] value)
            throws IOException {
        // The ids in an access control list are numbers of the namespace of whoever sets it.
        boolean needsMap = ownership.map() != null && attribute.startsWith("system.posix_acl_");
        if (needsMap || !Attributes.isKept(attribute)) {
            note(entry.name() + ": attribute " + attribute + " left out");
            return;
        }
        int result = directory.trySetXattr(name, attribute, value);
        boolean impossible = Errno.EOPNOTSUPP.is(-result)
                || (Errno.EPERM.is(-result) && (!ownership.isExact() || attribute.startsWith("user.")));
        if (impossible) {
            note(entry.name() + ": attribute " + attribute + " is not possible here");
        } else if (Errno.ENOSPC.is(-result) || Errno.E2BIG.is(-result) || Errno.ERANGE.is(-result)) {
            throw new ImageException(
                    about(entry).toString(),
                    "its attributes are more than the file system of the image store has room for, at "
                            + Names.shown(attribute),
                    "");
        } else if (result < 0) {
            throw new SandboxException(
                    "set attribute " + Names.shown(attribute) + " of " + about(entry),
                    "lsetxattr",
                    null,
                    -result,
                    "",
                    "");
        }
    }

    @Override
    public void close() {
        forgetWays();
    }
}
