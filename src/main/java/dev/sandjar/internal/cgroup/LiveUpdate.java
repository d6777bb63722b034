package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes the limits of living groups. */
final class LiveUpdate {
    private static final String STEP = "update limits";
    private static final String MEMORY_V1 = "memory.limit_in_bytes";

    private final Layout layout;
    private final List<Path> leaves;

    LiveUpdate(Layout layout, List<Path> leaves) {
        this.layout = layout;
        this.leaves = leaves;
    }

    void apply(Limits current, Limits change, DeviceNumbers devices) throws IOException {
        Set<Limit> kinds = EnumSet.noneOf(Limit.class);
        kinds.addAll(change.kinds());
        if (kinds.contains(Limit.MEMORY)) {
            // On v1 it is a limit of the sum.
            kinds.add(Limit.SWAP);
        }
        Groups groups = Groups.of(change.over(current), false, false, layout, devices);
        for (Problem problem : groups.problems()) {
            if (change.kinds().contains(problem.limit())) {
                throw refusal(problem.limit(), problem.reason(), problem.remedy());
            }
        }
        fixedAtStart(current, change);
        List<Target> targets = new ArrayList<>();
        for (Group group : groups.groups()) {
            Path leaf = leaves.get(group.hierarchy());
            for (Write write : ordered(leaf, group.writes())) {
                Limit limit = write.limit();
                if (limit != null && kinds.contains(limit)) {
                    targets.add(new Target(leaf, write, limit));
                }
            }
        }
        for (Target target : targets) {
            if (!Files.isDirectory(target.leaf())) {
                throw refusal(
                        target.limit(),
                        "the sandbox has no cgroup with that controller, or has ended",
                        "give it a limit of this kind when it is built");
            }
        }
        for (Target target : targets) {
            write(target);
        }
    }

    private record Target(Path leaf, Write write, Limit limit) {}

    /** What is no write to a file. */
    private void fixedAtStart(Limits current, Limits change) throws SandboxException {
        boolean before = current.oomGroup().orElse(false);
        if (!layout.isV2() && change.oomGroup().orElse(before) != before) {
            throw refusal(
                    Limit.OOM_GROUP, "on cgroup v1 it is arranged when a sandbox starts", "set it in the builder");
        }
        if (change.devices().isPresent() && layout.isV2()) {
            throw refusal(
                    Limit.DEVICES,
                    "on cgroup v2 their program is loaded when a sandbox starts",
                    "set it in the builder");
        }
    }

    /** v1 never lets the limit of memory be over that of memory and swap, so a higher one needs the other order. */
    private static List<Write> ordered(Path leaf, List<Write> writes) {
        Write memory = named(writes, MEMORY_V1);
        Write both = named(writes, MemoryLimits.MEMSW);
        if (memory == null || both == null) {
            return writes;
        }
        Long wanted = Numbers.sole(memory.text());
        Long present = Numbers.sole(GroupFiles.read(leaf.resolve(MemoryLimits.MEMSW)));
        if (wanted == null || present == null || wanted <= present) {
            return writes;
        }
        List<Write> turned = new ArrayList<>(writes);
        turned.remove(both);
        turned.add(turned.indexOf(memory), both);
        return turned;
    }

    private static @Nullable Write named(List<Write> writes, String file) {
        for (Write write : writes) {
            if (write.file().equals(file)) {
                return write;
            }
        }
        return null;
    }

    private static void write(Target target) throws SandboxException {
        Path file = target.leaf().resolve(target.write().file());
        try {
            GroupFiles.write(file, target.write().text());
        } catch (IOException e) {
            boolean busy = Errno.EBUSY.is(GroupFiles.errno(e));
            throw GroupFiles.failure(
                    "set the " + target.limit().label() + " to "
                            + target.write().text(),
                    "write",
                    file,
                    e,
                    busy ? "the sandbox uses more than that, and the kernel could not reclaim it" : "",
                    busy ? "choose a higher limit, or end processes of the sandbox first" : "");
        }
    }

    private static SandboxException refusal(Limit limit, String reason, String remedy) {
        return new SandboxException(STEP + ": " + limit.label(), null, null, 0, reason, remedy);
    }
}
