package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.BOOL;
import static dev.sandjar.internal.json.Scalars.DURATION;
import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.PATH;
import static dev.sandjar.internal.json.Scalars.TEXT;

import dev.sandjar.IdMapping;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.Mount;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.linux.Scheduling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Forms of values that are no records. */
final class Values {
    /** By its digest, in a store of the host that reads it. */
    static final Form<Image> IMAGE = StructForm.of(
            (out, image) -> out.put("id", TEXT, image.id())
                    .put("store", PATH, image.store())
                    .put("limits", Forms.typed(ImageLimits.class), image.limits()),
            Values::image);

    static final StructForm<Mount> MOUNT = StructForm.of(
            (out, mount) -> out.put("mount", Forms.typed(Mount.Kind.class), mount.kind())
                    .put("target", TEXT, mount.target())
                    .put("path", PATH, mount.path())
                    .put("type", TEXT, mount.type())
                    .put("source", TEXT, mount.source())
                    .put("lower", Lists.of(PATH), some(mount.lower()))
                    .put("upper", PATH, mount.upper())
                    .put("work", PATH, mount.work())
                    .put("options", Forms.list(String.class), some(mount.options()))
                    .put("uids", Forms.list(IdMapping.Range.class), some(mount.uids()))
                    .put("gids", Forms.list(IdMapping.Range.class), some(mount.gids())),
            Values::mount);

    private static final Group<IoLimit> IO = new Group<>(IoLimit.class, IoLimit.of(Path.of("/dev/null")), Set.of());

    static final Form<IoLimit> IO_LIMIT = StructForm.of(
            (out, limit) -> IO.write(out.put("device", PATH, limit.device()), limit),
            in -> IO.read(in, IoLimit.of(in.need("device", PATH))));

    static final Form<DeviceRule> DEVICE_RULE = StructForm.of(
            (out, rule) -> out.put("type", TEXT, String.valueOf(rule.type()))
                    .put("access", TEXT, rule.access())
                    .put("major", INT, boxed(rule.major()))
                    .put("minor", INT, boxed(rule.minor())),
            Values::deviceRule);

    static final Form<Scheduling> SCHEDULING = StructForm.of(
            (out, scheduling) -> out.put("policy", Forms.typed(Scheduling.Policy.class), scheduling.policy())
                    .put("nice", INT, boxed(scheduling.nice()))
                    .put("priority", INT, boxed(scheduling.priority()))
                    .put("runtime", DURATION, scheduling.runtime())
                    .put("deadline", DURATION, scheduling.deadline())
                    .put("period", DURATION, scheduling.period())
                    .flag("resetOnFork", scheduling.resetsOnFork()),
            Values::scheduling);

    static final Form<Landlock> LANDLOCK = StructForm.of(
            (out, rules) -> out.put("restrictedFiles", Forms.set(LandlockAccess.class), some(rules.restrictedFiles()))
                    .put("paths", Forms.list(Landlock.PathRule.class), some(rules.paths()))
                    .flag("restrictsBind", rules.restrictsBind())
                    .flag("restrictsConnect", rules.restrictsConnect())
                    .put("bindPorts", Forms.list(Integer.class), some(List.copyOf(rules.bindPorts())))
                    .put("connectPorts", Forms.list(Integer.class), some(List.copyOf(rules.connectPorts())))
                    .flag("isolatesAbstractSockets", rules.isolatesAbstractSockets())
                    .flag("isolatesSignals", rules.isolatesSignals()),
            Values::landlock);

    private Values() {}

    static <T extends Collection<?>> Optional<T> some(T items) {
        return items.isEmpty() ? Optional.empty() : Optional.of(items);
    }

    static Optional<Integer> boxed(OptionalInt number) {
        return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
    }

    private static Image image(Struct in) {
        String id = in.need("id", TEXT);
        if (!id.startsWith("sha256:") && !id.startsWith("sha512:")) {
            throw JsonRefusal.below("id", new IllegalArgumentException(Printable.quote(id) + " is not a digest"));
        }
        Path store = in.need("store", PATH);
        ImageLimits limits = in.need("limits", Forms.typed(ImageLimits.class));
        in.end();
        try {
            return ImageStore.open(store).withLimits(limits).get(id);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Mount mount(Struct in) {
        Mount.Kind kind = in.need("mount", Forms.typed(Mount.Kind.class));
        String target = in.need("target", TEXT);
        Mount mount =
                switch (kind) {
                    case BIND -> Mount.bind(in.need("path", PATH), target);
                    case BIND_RECURSIVE -> Mount.bindRecursive(in.need("path", PATH), target);
                    case OVERLAY -> {
                        Mount overlay = Mount.overlay(in.need("lower", Lists.of(PATH)), target);
                        Optional<Path> upper = in.get("upper", PATH);
                        Optional<Path> work = in.get("work", PATH);
                        yield upper.isEmpty() && work.isEmpty()
                                ? overlay
                                : overlay.upper(in.need("upper", PATH), in.need("work", PATH));
                    }
                    case REMOUNT -> Mount.remount(target);
                    case FILE_SYSTEM -> {
                        Mount named = Mount.fileSystem(in.need("type", TEXT), target);
                        yield in.get("source", TEXT).map(named::source).orElse(named);
                    }
                };
        mount = mount.options(
                in.get("options", Forms.list(String.class)).orElse(List.of()).toArray(String[]::new));
        Optional<List<IdMapping.Range>> uids = in.get("uids", Forms.list(IdMapping.Range.class));
        Optional<List<IdMapping.Range>> gids = in.get("gids", Forms.list(IdMapping.Range.class));
        return uids.isEmpty() && gids.isEmpty()
                ? mount
                : mount.idMapped(IdMapping.of(uids.orElse(List.of()), gids.orElse(List.of())));
    }

    private static DeviceRule deviceRule(Struct in) {
        String type = in.need("type", TEXT);
        String access = in.need("access", TEXT);
        DeviceRule rule =
                switch (type) {
                    case "c" -> DeviceRule.character(access);
                    case "b" -> DeviceRule.block(access);
                    default ->
                        throw JsonRefusal.below(
                                "type", new IllegalArgumentException(Printable.quote(type) + " is neither c nor b"));
                };
        Optional<Integer> major = in.get("major", INT);
        DeviceRule numbered = major.isPresent() ? rule.major(major.get()) : rule;
        return in.get("minor", INT).map(numbered::minor).orElse(numbered);
    }

    private static Scheduling scheduling(Struct in) {
        Scheduling scheduling =
                switch (in.need("policy", Forms.typed(Scheduling.Policy.class))) {
                    case OTHER -> Scheduling.other(in.need("nice", INT));
                    case BATCH -> Scheduling.batch(in.need("nice", INT));
                    case IDLE -> Scheduling.idle();
                    case FIFO -> Scheduling.fifo(in.need("priority", INT));
                    case ROUND_ROBIN -> Scheduling.roundRobin(in.need("priority", INT));
                    case DEADLINE ->
                        Scheduling.deadline(
                                in.need("runtime", DURATION),
                                in.need("deadline", DURATION),
                                in.get("period", DURATION).orElse(Duration.ZERO));
                };
        return in.get("resetOnFork", BOOL).orElse(false) ? scheduling.resetOnFork() : scheduling;
    }

    private static Landlock landlock(Struct in) {
        Landlock.Builder builder = Landlock.builder();
        Set<LandlockAccess> files =
                in.get("restrictedFiles", Forms.set(LandlockAccess.class)).orElse(Set.of());
        builder.restrictFiles(files.toArray(LandlockAccess[]::new));
        for (Landlock.PathRule rule :
                in.get("paths", Forms.list(Landlock.PathRule.class)).orElse(List.of())) {
            LandlockAccess[] rights = rule.rights().toArray(LandlockAccess[]::new);
            if (rule.optional()) {
                builder.allowIfPresent(rule.path(), rights);
            } else {
                builder.allow(rule.path(), rights);
            }
        }
        boolean bind = in.get("restrictsBind", BOOL).orElse(false);
        boolean connect = in.get("restrictsConnect", BOOL).orElse(false);
        if (bind && connect) {
            builder.denyTcp();
        }
        in.get("bindPorts", Forms.list(Integer.class)).ifPresent(ports -> ports.forEach(builder::bindPort));
        in.get("connectPorts", Forms.list(Integer.class)).ifPresent(ports -> ports.forEach(builder::connectPort));
        if (in.get("isolatesAbstractSockets", BOOL).orElse(false)) {
            builder.isolateAbstractSockets();
        }
        if (in.get("isolatesSignals", BOOL).orElse(false)) {
            builder.isolateSignals();
        }
        Landlock rules;
        try {
            rules = builder.build();
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        if (!rules.restrictedFiles().equals(files)
                || rules.restrictsBind() != bind
                || rules.restrictsConnect() != connect) {
            throw new IllegalArgumentException("rules on paths restrict all uses of files, and those on ports what they"
                    + " are for; restrictedFiles, restrictsBind and restrictsConnect say otherwise");
        }
        return rules;
    }
}
