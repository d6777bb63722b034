package dev.sandjar.internal.plan;

import dev.sandjar.internal.protocol.Section;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The operations of a plan, by the section of a start that they belong to. Immutable. */
record Steps(
        int flags,
        long cloneFlags,
        List<Operation> outer,
        List<Operation> setup,
        List<Operation> process,
        List<Operation> cgroup) {
    Steps {
        outer = List.copyOf(outer);
        setup = List.copyOf(setup);
        process = List.copyOf(process);
        cgroup = List.copyOf(cgroup);
    }

    static Steps of(Draft draft) {
        return new Steps(draft.flags, draft.cloneFlags, draft.outer, draft.setup, draft.process, draft.cgroup);
    }

    /** The body of SJ_PLAN. */
    byte[] encode(OneStart start) {
        WireWriter out = new WireWriter().u32(flags).u64(cloneFlags);
        List<List<Operation>> sections = List.of(outer, setup, process, cgroup);
        sections.forEach(section -> out.u32(section.size()));
        sections.forEach(section -> section.forEach(op -> op.encode(out, start)));
        return out.bytes();
    }

    /** What files say at this time of members of networks. */
    ByteBuffer names() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        setup.stream()
                .map(Operation::work)
                .filter(Work.WriteHosts.class::isInstance)
                .map(Work.WriteHosts.class::cast)
                .forEach(hosts -> out.writeBytes(AttachmentPlanner.hosts(hosts.content(), hosts.network())));
        return ByteBuffer.wrap(out.toByteArray());
    }

    Stream<Operation> all() {
        return Stream.of(outer, setup, process, cgroup).flatMap(List::stream);
    }

    /** The host's files that the set-up opens, by their bytes. */
    List<byte[]> sources() {
        return Stream.concat(outer.stream(), setup.stream())
                .map(Operation::work)
                .filter(Work.OpenTree.class::isInstance)
                .map(work -> PathBytes.of(((Work.OpenTree) work).path()))
                .toList();
    }

    /** The operation that the launcher names so; null if there is none. */
    @Nullable
    Operation operation(int section, int index) {
        Section place = Section.of(section);
        if (place == null) {
            return null;
        }
        List<Operation> list =
                switch (place) {
                    case OUTER -> outer;
                    case SETUP -> setup;
                    case PROCESS -> process;
                    case CGROUP -> cgroup;
                    default -> List.of();
                };
        return index >= 0 && index < list.size() ? list.get(index) : null;
    }
}
