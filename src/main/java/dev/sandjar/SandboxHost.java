package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.Engine.HostFindings;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What this machine can give to sandboxes of this process, found by trying each thing in a child that is thrown away. A setting
 * that promises something proves nothing: a container, a security module or a mount option may still be in the way.
 *
 * <pre>{@code
 * SandboxHost host = SandboxHost.current();
 * if (!host.has(Isolation.USER_NAMESPACE)) {
 *     System.err.println(host.feature(Isolation.USER_NAMESPACE).remedy());
 * }
 * }</pre>
 *
 * <p>{@code java -jar sandjar-VERSION-cli.jar doctor} prints the same as {@link #toString()}, and with {@code --json} as
 * {@link #toJson()}. Immutable and thread-safe.
 */
public final class SandboxHost {
    private final List<Feature> features;
    private final Map<Isolation, Feature> byIsolation = new EnumMap<>(Isolation.class);
    private final Map<String, String> facts;
    private final boolean ready;
    private final Tier tier;

    /**
     * Something that works here or does not.
     *
     * @param name a few words, for an isolation its {@linkplain Isolation#label() label}
     * @param available whether it worked when it was tried
     * @param detail how it was done, or which step failed; may be empty
     * @param reason why it does not work, empty if it does
     * @param remedy what helps, possibly several lines of commands; may be empty. It may also say how to keep working what now
     *     works with a warning
     */
    public record Feature(String name, boolean available, String detail, String reason, String remedy) {}

    private static final class Current {
        static final SandboxHost HOST = probe();

        private Current() {}
    }

    SandboxHost(HostFindings found) {
        found.findings().forEach(finding -> finding.isolation()
                .ifPresent(isolation -> byIsolation.put(isolation, finding.feature())));
        features = found.findings().stream().map(Engine.Finding::feature).toList();
        facts = found.facts();
        ready = found.ready();
        tier = found.tier();
    }

    /**
     * Tries everything, now: some thirty short-lived processes, one after the other, well below a second in all. Starts the launcher
     * of this JVM if it does not run. Throws nothing: what fails, the launcher included, is a feature that is not available.
     *
     * @return what was found
     */
    public static SandboxHost probe() {
        return new SandboxHost(Engine.get().probe());
    }

    /**
     * Returns what the first call of this method in this JVM has found by {@link #probe()}.
     *
     * @return the same object at each call
     */
    public static SandboxHost current() {
        return Current.HOST;
    }

    /**
     * All that was tried, each after what it depends on.
     *
     * @return an unmodifiable list
     */
    public List<Feature> features() {
        return features;
    }

    /**
     * Whether an isolation works here: in a user namespace, as {@link Sandbox#untrusted()} has one, or without where this process
     * has the rights and only that works.
     *
     * @param isolation what to look up
     * @return whether it worked
     * @throws IllegalStateException if it was not tried
     */
    public boolean has(Isolation isolation) {
        return feature(isolation).available();
    }

    /**
     * How the trial of an isolation went.
     *
     * @param isolation what to look up
     * @return its feature
     * @throws IllegalStateException if it was not tried
     */
    public Feature feature(Isolation isolation) {
        Feature feature = byIsolation.get(isolation);
        if (feature == null) {
            throw new IllegalStateException(isolation + " was not tried");
        }
        return feature;
    }

    /**
     * Whether {@link Sandbox#untrusted()} can start here as it is.
     *
     * @return whether it got as far as executing a program
     */
    public boolean isReady() {
        return ready;
    }

    /**
     * The strongest tier in which {@link Sandbox#untrusted()} starts here.
     *
     * @return {@link Tier#NAMESPACES} exactly if {@link #isReady()}; {@link Tier#CONTAINER} if it starts with {@link
     *     SandboxBuilder#minimumTier minimumTier(Tier.CONTAINER)}; {@link Tier#NONE} if it starts in neither
     */
    public Tier tier() {
        return tier;
    }

    /**
     * Settings of this host that explain what fails: kernel release, container, limits, security modules. They are read, not
     * tried, and meant for people; which there are may change.
     *
     * @return names and values in an order for reading, unmodifiable
     */
    public Map<String, String> facts() {
        return facts;
    }

    /**
     * Writes what was found as JSON for other programs: an object with {@code version} of the library, {@code ready} as {@link
     * #isReady()}, {@code tier} as the name of {@link #tier()}, the array {@code features} of objects with {@code name}, {@code available} and the texts {@code detail}, {@code reason}
     * and {@code remedy}, and the object {@code facts}, whose values are texts. Later versions may add members.
     *
     * @return JSON of several lines
     * @throws IllegalStateException if the artifact com.fasterxml.jackson.core:jackson-databind is missing
     */
    public String toJson() {
        return Engine.get().json(this, Sandjar.version());
    }

    /** A table of the features, the facts, and reason and remedy of each feature that is missing. */
    @Override
    public String toString() {
        return HostTable.format(this);
    }
}
