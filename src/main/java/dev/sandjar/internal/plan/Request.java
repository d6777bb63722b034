package dev.sandjar.internal.plan;

import dev.sandjar.Confinement;
import dev.sandjar.Isolation;
import dev.sandjar.Limits;
import dev.sandjar.MountEntry;
import dev.sandjar.Namespaces;
import dev.sandjar.Network;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.Sandbox;
import dev.sandjar.Tier;
import dev.sandjar.User;
import dev.sandjar.internal.intercept.Authorities;
import dev.sandjar.internal.intercept.Authority;
import dev.sandjar.linux.CgroupPath;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a plan is made for: a sandbox, whose values are the policy, and what only the engine knows of a start of it. Immutable.
 *
 * @param unpacked what became of the image that is the root; null where the root is none, or is not looked at yet
 * @param authorities makes certificate authorities for it; null if no requests of it are read
 * @param authority that of one plan; null if none is chosen yet, or none is needed
 * @param cni what the configuration of its network says; null where it is not that of plugins, or is not looked at
 * @param pausing whether the set-up stops before the root changes, until a request to continue
 * @param observing whether every system call is let through and reported to the host, in place of a filter
 * @param terms what an OCI runtime has to do as its configuration says; null for everybody else, who has the library's baseline
 * @param tier by what means it is carried out; the first also where callers have allowed something to be missing
 * @param because why it is no stronger tier; empty in the first
 */
public record Request(
        Sandbox sandbox,
        @Nullable Unpacked unpacked,
        @Nullable Authorities authorities,
        @Nullable Authority authority,
        @Nullable Cni cni,
        boolean pausing,
        boolean observing,
        @Nullable RuntimeTerms terms,
        Tier tier,
        String because) {
    /**
     * A root that was an image, and what is known with it.
     *
     * @param root of directories
     * @param origin what it is, for people
     */
    public record Unpacked(
            RootFs root, String origin, Optional<User> user, Namespaces namespaces, ProcessAttributes process) {}

    /**
     * A network of CNI.
     *
     * @param file of the configuration, without links
     * @param versions of CNI that may be spoken
     * @param refusal why it can't be set up; empty if nothing is known to be wrong
     */
    public record Cni(
            String name, Path file, List<String> versions, List<String> plugins, String refusal, String remedy) {
        public Cni {
            versions = List.copyOf(versions);
            plugins = List.copyOf(plugins);
        }
    }

    /** The same, with what is known of its network now. */
    public Request withCni(Cni found) {
        return new Request(sandbox, unpacked, authorities, authority, found, pausing, observing, terms, tier, because);
    }

    public static Request of(Sandbox sandbox) {
        Network network = sandbox.namespaces().network();
        Authorities authorities = Authority.isNeeded(network) ? new Authorities(network) : null;
        return new Request(sandbox, null, authorities, null, null, false, false, null, Tier.NAMESPACES, "");
    }

    public Request withUnpacked(Unpacked image) {
        return new Request(sandbox, image, authorities, authority, cni, pausing, observing, terms, tier, because);
    }

    public Request withPause() {
        return new Request(sandbox, unpacked, authorities, authority, cni, true, observing, terms, tier, because);
    }

    public Request observed() {
        return new Request(sandbox, unpacked, authorities, authority, cni, pausing, true, terms, tier, because);
    }

    public Request onTerms(RuntimeTerms chosen) {
        return new Request(sandbox, unpacked, authorities, authority, cni, pausing, observing, chosen, tier, because);
    }

    /** By the means of another tier, and why no stronger one serves. */
    public Request in(Tier other, String why) {
        return new Request(sandbox, unpacked, authorities, authority, cni, pausing, observing, terms, other, why);
    }

    /** With the certificate authority that a plan is to have, if it needs one. */
    Request authorized() {
        Authorities all = authorities;
        return all == null
                ? this
                : new Request(sandbox, unpacked, all, all.current(), cni, pausing, observing, terms, tier, because);
    }

    public Optional<String> name() {
        return sandbox.name();
    }

    public Namespaces namespaces() {
        return unpacked == null ? sandbox.namespaces() : unpacked.namespaces();
    }

    public Optional<User> user() {
        return unpacked == null ? sandbox.user() : unpacked.user();
    }

    /** The user id inside; null leaves what the namespace gives. */
    public @Nullable Long uid() {
        return user().map(User::uid).orElse(null);
    }

    /** The group id inside; set exactly when {@link #uid} is. */
    public @Nullable Long gid() {
        return user().map(User::gid).orElse(null);
    }

    /** Supplementary groups inside. */
    public List<Long> groups() {
        return user().map(User::groups).orElse(List.of());
    }

    public RootFs root() {
        return unpacked == null ? sandbox.rootfs() : unpacked.root();
    }

    /** What the root is, if that says more than its paths. */
    public @Nullable String rootOrigin() {
        return unpacked == null ? null : unpacked.origin();
    }

    public List<MountEntry> mounts() {
        List<MountEntry> asked = sandbox.mounts().entries();
        List<MountEntry> own = CredentialPlanner.files(this);
        return own.isEmpty()
                ? asked
                : Stream.concat(own.stream(), asked.stream()).toList();
    }

    public ProcessAttributes process() {
        return unpacked == null ? sandbox.process() : unpacked.process();
    }

    public Limits limits() {
        return sandbox.limits();
    }

    public RunBounds bounds() {
        return sandbox.bounds();
    }

    /** Whether it gets a cgroup even without limits. */
    public boolean accounting() {
        return sandbox.accounting();
    }

    /** Where its cgroups are; null leaves that to the engine. */
    public @Nullable CgroupPath cgroup() {
        return sandbox.cgroupPath().orElse(null);
    }

    public Confinement confinement() {
        Confinement asked = sandbox.confinement();
        if (!observing) {
            return asked;
        }
        Confinement rest = Confinement.none()
                .mitigateSpeculation(asked.mitigateSpeculation())
                .coreScheduling(asked.coreScheduling());
        return asked.landlock().map(rest::landlock).orElse(rest);
    }

    /** Whether some calls are decided outside, so that the filter has a listener. */
    public boolean listens() {
        Confinement confinement = confinement();
        return observing
                || confinement.recordDenials()
                || !confinement.handlers().isEmpty();
    }

    public Set<Isolation> degradable() {
        Set<Isolation> lost = tier.lost();
        if (sandbox.minimumTier() != Tier.NAMESPACES) {
            // Where there are no cgroups, giving the namespaces up too would help nobody.
            lost = Stream.concat(lost.stream(), Stream.of(Isolation.CGROUP_LIMITS))
                    .collect(Collectors.toUnmodifiableSet());
        }
        return lost.isEmpty()
                ? sandbox.degradable()
                : Stream.concat(sandbox.degradable().stream(), lost.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether starts may share what they can of the set-up. */
    public boolean template() {
        return sandbox.template() && !pausing && !observing;
    }

    /** How many sandboxes are made before they are asked for, once there is a template. */
    public int warm() {
        return pausing || observing ? 0 : sandbox.warm();
    }
}
