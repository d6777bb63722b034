package dev.sandjar.internal.engine;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.UpperLayer;
import dev.sandjar.User;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.image.ImageRoot;
import dev.sandjar.internal.image.Ownership;
import dev.sandjar.internal.image.Store;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.util.Cleaners;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns a request whose root is an image into one whose root are directories, which stay for as long as somebody may start from them. */
final class ImageRoots {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRoots.class);

    private static final String HOME = "HOME";

    private final Request request;
    private final RootFs.Layered layered;
    private final Image image;
    private final ReentrantLock holding = new ReentrantLock();
    private final AtomicReference<@Nullable ImageRoot> held;

    ImageRoots(Request request, RootFs.Layered layered) {
        this.request = request;
        this.layered = layered;
        this.image = layered.image();
        AtomicReference<@Nullable ImageRoot> reference = new AtomicReference<>();
        this.held = reference;
        Cleaners.register(this, () -> {
            ImageRoot root = reference.getAndSet(null);
            if (root != null) {
                root.close();
            }
        });
    }

    /** Whether each start gets a copy. */
    boolean copies(Host host) {
        return layered.copied() || host.missing().containsKey(Isolation.OVERLAY_ROOT);
    }

    private ImageRoot root(Host host) throws IOException {
        holding.lock();
        try {
            ImageRoot root = held.get();
            if (root == null) {
                root = new Store(image.store(), image.limits(), null)
                        .root(image.id(), ownership(host), image.toString());
                held.set(root);
            }
            return root;
        } finally {
            holding.unlock();
        }
    }

    /** Who may give files to anybody keeps their owners; who has subordinate ids does so where the sandbox has them too. */
    private Ownership ownership(Host host) {
        boolean may = host.idmaps()
                && List.of(Capability.CHOWN, Capability.FOWNER, Capability.DAC_OVERRIDE, Capability.MKNOD).stream()
                        .allMatch(host::has);
        if (may) {
            boolean user = request.namespaces().isNew(NamespaceKind.USER)
                    && !host.missing().containsKey(Isolation.USER_NAMESPACE);
            return user ? Ownership.EXACT : Ownership.TRUSTED;
        }
        SubordinateMap ids = subordinates(host);
        boolean range = ids != null && map(host) instanceof IdMapping.FirstIds wanted && wanted.count() <= ids.count();
        return ids != null && range ? Ownership.mapped(ids) : Ownership.SQUASHED;
    }

    private @Nullable SubordinateMap subordinates(Host host) {
        boolean usable = request.namespaces().isNew(NamespaceKind.USER)
                && !host.missing().containsKey(Isolation.USER_NAMESPACE)
                && !host.missing().containsKey(Isolation.ID_RANGE);
        return usable ? SubordinateMap.of(host) : null;
    }

    /** Without any wish an image gets the ids that it was made for, where there are so many. */
    private IdMapping map(Host host) {
        IdMapping asked = request.namespaces().idMapping();
        SubordinateMap ids = asked instanceof IdMapping.Automatic ? subordinates(host) : null;
        if (ids == null) {
            return asked;
        }
        long needed = needed(request.user());
        return needed <= ids.count() ? new IdMapping.FirstIds(needed) : asked;
    }

    private static long needed(Optional<User> user) {
        long highest = 0;
        if (user.isPresent()) {
            highest = Math.max(user.get().uid(), user.get().gid());
            for (long group : user.get().groups()) {
                highest = Math.max(highest, group);
            }
        }
        return Math.max(SubordinateMap.USUAL, highest + 1);
    }

    /** What has to be tried before one can say how files are to be owned. */
    boolean doubtsRange(Host host) {
        IdMapping asked = request.namespaces().idMapping();
        return (asked instanceof IdMapping.Automatic || asked instanceof IdMapping.FirstIds)
                && SubordinateMap.of(host) != null;
    }

    /** For an overlay, or for the explanation of a copy. */
    Request resolved(Host host) throws IOException {
        ImageRoot root = root(host);
        if (copies(host)) {
            return copied(host, root.lower().get(0));
        }
        List<Path> lower = root.lower();
        String origin = "image " + image + ", " + lower.size() + (lower.size() == 1 ? " layer" : " layers")
                + owners(host) + notes(host, root);
        return with(new RootFs.Overlay(lower, layered.upper()), origin, host, root);
    }

    private Request with(RootFs directories, String origin, Host host, ImageRoot root) throws IOException {
        Identity identity = identity(host, root);
        ProcessAttributes process = request.process();
        if (identity.user().isPresent() && !process.environment().containsKey(HOME)) {
            process = process.env(HOME, root.home(identity.user().get().uid()));
        }
        return request.withUnpacked(
                new Request.Unpacked(directories, origin, identity.user(), identity.in(request.namespaces()), process));
    }

    private String owners(Host host) {
        if (!ownership(host).equals(Ownership.SQUASHED)) {
            return "";
        }
        String reason = host.missing().get(Isolation.ID_RANGE);
        return ", one owner for all files" + (reason == null ? "" : " (" + reason + ")");
    }

    private String notes(Host host, ImageRoot root) throws IOException {
        String other = root.otherMachines();
        String notes = other == null ? "" : ", " + other;
        notes += root.leftOut() == 0 ? "" : ", " + root.leftOut() + " attributes and devices left out";
        if (root.unmapped() > 0) {
            notes += ", " + root.unmapped()
                    + " files of owners that are not among this user's subordinate ids are root's";
        }
        long ids = ids(host, identity(host, root));
        return root.highestOwner() < ids || ownership(host).equals(Ownership.SQUASHED)
                ? notes
                : notes + ", files of owners from " + ids + " on (up to " + root.highestOwner()
                        + ") are nobody's: the user namespace has no such ids";
    }

    /** How many there are in the sandbox, from 0 on. */
    private long ids(Host host, Identity identity) {
        boolean user = request.namespaces().isNew(NamespaceKind.USER)
                && !host.missing().containsKey(Isolation.USER_NAMESPACE);
        if (user && identity.map() instanceof IdMapping.FirstIds range) {
            return range.count();
        }
        boolean block = user && identity.map() instanceof IdMapping.Automatic && host.mapsAnyId();
        return block ? needed(identity.user()) : Long.MAX_VALUE;
    }

    ImageRoot.Copy copy(Host host) throws IOException {
        if (!(layered.upper() instanceof UpperLayer.Discarded)) {
            throw new UnsupportedIsolationException(
                    Isolation.OVERLAY_ROOT,
                    "keep the changes to image " + image,
                    null,
                    null,
                    0,
                    why(host) + ", and a copy does not tell what was changed",
                    "use discardChanges");
        }
        return root(host).copy();
    }

    private String why(Host host) {
        String reason = host.missing().get(Isolation.OVERLAY_ROOT);
        return reason == null ? "a copy was asked for" : "overlayfs is refused here: " + reason;
    }

    Request copied(Host host, Path directory) throws IOException {
        ImageRoot root = root(host);
        String origin = "copy of image " + image + owners(host) + notes(host, root) + "; " + why(host);
        return with(RootFs.directoryWritable(directory), origin, host, root);
    }

    /** Who the program is, and in what ids. */
    private record Identity(IdMapping map, Optional<User> user) {
        /** The namespaces with these ids, where they have a place. */
        Namespaces in(Namespaces asked) {
            return asked.isNew(NamespaceKind.USER) ? asked.idMapping(map) : asked;
        }
    }

    private Identity identity(Host host, ImageRoot root) throws IOException {
        IdMapping map = map(host);
        if (request.user().isPresent()) {
            return new Identity(map, request.user());
        }
        // A builder leaves only those open that the image's own files have to be asked about.
        String user = image.config().user();
        ImageRoot.Ids ids = root.user(user);
        User named = new User(ids.uid(), ids.gid(), ids.groups());
        if (map instanceof IdMapping.FirstIds range
                && request.namespaces().idMapping() instanceof IdMapping.Automatic) {
            long needed = needed(Optional.of(named));
            map = inRange(host, needed, range, user);
        }
        return new Identity(map, Optional.of(hasOneId(host, map) ? new User(ids.uid(), ids.gid(), List.of()) : named));
    }

    private IdMapping inRange(Host host, long needed, IdMapping.FirstIds range, String user) throws ImageException {
        SubordinateMap ids = subordinates(host);
        if (needed <= range.count() || ids == null) {
            return range;
        }
        if (needed > ids.count()) {
            throw new ImageException(
                    "user " + user + " of image " + image,
                    "it needs " + needed + " ids, and this user has " + ids.count() + " subordinate ones",
                    "use userNamespace(IdMapping.single()), or add to /etc/subuid and /etc/subgid");
        }
        return new IdMapping.FirstIds(needed);
    }

    /** There is no other group then for the image's user to be in. */
    private boolean hasOneId(Host host, IdMapping map) {
        return request.namespaces().isNew(NamespaceKind.USER)
                && (map instanceof IdMapping.Single || (map instanceof IdMapping.Automatic && !host.idmaps()));
    }

    /** The layers stay until the process has ended, whatever becomes of the sandbox. */
    SandboxProcess keepFor(SandboxProcess process) {
        GroundAccess.get().keepFor(process, this);
        return process;
    }

    SandboxProcess removeAfter(ImageRoot.Copy copy, SandboxProcess process) {
        GroundAccess.get().closeAfter(process, process.onReport().whenComplete((report, failure) -> {
            try {
                copy.close();
            } catch (IOException e) {
                LOG.warn("The copy of an image can't be removed, prune() tries again: {}", e.getMessage());
            }
        }));
        return process;
    }

    static void remove(ImageRoot.Copy copy, Throwable failure) {
        try {
            copy.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
