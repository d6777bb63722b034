package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.BOOL;
import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.TEXT;

import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.Mounts;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Tier;
import dev.sandjar.User;
import dev.sandjar.linux.CgroupPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Whole policies. What a builder has that this does not write, {@code PolicyJsonTest} finds by reflection. */
public final class PolicyJson {
    private static final int VERSION = 1;
    /** Files have 8 MiB and the environment 6, and base64 makes four bytes of three. */
    private static final int BYTES_MAX = 24 << 20;

    private static final int STRING_MAX = 12 << 20;
    private static final Form<Tier> TIER = Forms.typed(Tier.class);
    private static final Form<CgroupPath> CGROUP = TEXT.as(CgroupPath::of, CgroupPath::toString);
    private static final Form<Mounts> MOUNTS = Forms.list(MountEntry.class).as(Mounts::of, Mounts::entries);

    private PolicyJson() {}

    /**
     * The text of a policy.
     *
     * @throws IllegalStateException if something has no form in JSON; the message says what. Its cause is no {@link JsonRefusal}, which
     *     callers of the library can't name
     */
    public static String write(Sandbox sandbox) {
        Out out = new Out().put("version", INT, VERSION);
        try {
            out.put("name", TEXT, sandbox.name())
                    .put("namespaces", Groups.NAMESPACES, sandbox.namespaces())
                    .put("user", Forms.typed(User.class), sandbox.user())
                    .put("rootfs", Forms.typed(RootFs.class), sandbox.rootfs())
                    .put("mounts", MOUNTS, sandbox.mounts())
                    .put("process", Groups.PROCESS, sandbox.process())
                    .put("confinement", Groups.CONFINEMENT, sandbox.confinement())
                    .put("limits", Groups.LIMITS, sandbox.limits())
                    .put("bounds", Forms.typed(RunBounds.class), sandbox.bounds())
                    .flag("accounting", sandbox.accounting())
                    .put("cgroupPath", CGROUP, sandbox.cgroupPath())
                    .put("allowDegraded", Forms.set(Isolation.class), Values.some(sandbox.degradable()))
                    .put(
                            "minimumTier",
                            TIER,
                            Optional.of(sandbox.minimumTier()).filter(tier -> tier != Tier.NAMESPACES))
                    .put("template", BOOL, sandbox.template())
                    .put("warm", INT, sandbox.warm());
        } catch (IllegalArgumentException e) {
            Throwable cause = e instanceof JsonRefusal ? e.getCause() : e;
            throw new IllegalStateException("this policy can't be written as JSON: " + e.getMessage(), cause);
        }
        return StrictJson.write(out.node());
    }

    /**
     * A builder of what was written.
     *
     * @throws IllegalArgumentException if the text is no policy; the message says where. It is no {@link JsonRefusal}, which callers of
     *     the library can't name
     * @throws IOException if the image that is the root can't be found
     */
    public static SandboxBuilder read(String text) throws IOException {
        try {
            return policy(text);
        } catch (JsonRefusal e) {
            throw new IllegalArgumentException(e.getMessage(), e.getCause());
        }
    }

    private static SandboxBuilder policy(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Struct in = new Struct(StrictJson.read(bytes, BYTES_MAX, STRING_MAX));
        int version = in.need("version", INT);
        if (version != VERSION) {
            throw JsonRefusal.below(
                    "version", new IllegalArgumentException("is " + version + ", this Sandjar reads " + VERSION));
        }
        SandboxBuilder builder = Sandbox.builder();
        try {
            read(in, builder);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        in.end();
        return builder;
    }

    private static void read(Struct in, SandboxBuilder builder) {
        in.get("rootfs", Forms.typed(RootFs.class)).ifPresent(builder::rootfs);
        in.get("name", TEXT.as(given -> set(given, builder::name), given -> given));
        in.get("namespaces", Groups.NAMESPACES).ifPresent(given -> builder.namespaces(n -> given));
        in.get("user", Forms.typed(User.class)).ifPresent(user -> builder.user(user.uid(), user.gid(), groups(user)));
        in.get("mounts", MOUNTS).ifPresent(given -> builder.mounts(m -> given));
        in.get("process", Groups.PROCESS).ifPresent(given -> builder.process(p -> given));
        in.get("confinement", Groups.CONFINEMENT).ifPresent(given -> builder.confinement(c -> given));
        in.get("limits", Groups.LIMITS).ifPresent(given -> builder.limits(l -> given));
        in.get("bounds", Forms.typed(RunBounds.class)).ifPresent(given -> builder.bounds(b -> given));
        if (in.get("accounting", BOOL).orElse(false)) {
            builder.accounting();
        }
        in.get("cgroupPath", CGROUP).ifPresent(builder::cgroupPath);
        in.get("allowDegraded", Forms.set(Isolation.class))
                .ifPresent(given -> builder.allowDegraded(given.toArray(Isolation[]::new)));
        in.get("minimumTier", TIER).ifPresent(builder::minimumTier);
        in.get("template", BOOL).ifPresent(builder::template);
        in.get("warm", INT.as(given -> set(given, builder::warm), given -> given));
    }

    private interface Setter<T> {
        SandboxBuilder set(T value);
    }

    /** So that what the builder refuses is refused at its place. */
    private static <T> T set(T value, Setter<T> setter) {
        SandboxBuilder unused = setter.set(value);
        return value;
    }

    private static long[] groups(User user) {
        List<Long> groups = user.groups();
        return groups.stream().mapToLong(Long::longValue).toArray();
    }
}
