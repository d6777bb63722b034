package dev.sandjar.internal.plan;

import dev.sandjar.internal.host.Clocks;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.WireWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The one place where operations become bytes: the opcode of each kind of work, and its body in the order of protocol.h. */
final class Bodies {
    private static final Map<Class<? extends Work>, Form<?>> FORMS = new HashMap<>();

    static {
        form(Work.Join.class, Opcode.JOIN, (w, out, start) -> out.u32(w.namespace())
                .u32(w.descriptor()));
        form(Work.OpenTree.class, Opcode.OPEN_TREE, (w, out, start) -> out.u32(w.slot())
                .str(w.path())
                .str(w.ids().uids(start.base()))
                .str(w.ids().gids(start.base())));
        form(
                Work.OpenBeneath.class,
                Opcode.OPEN_TREE,
                (w, out, start) -> out.u32(w.slot()).str(w.path()).str("").str(""));
        form(Work.TimeOffsets.class, Opcode.TIME_OFFSETS, (w, out, start) -> {
            offset(out, w.monotonic());
            offset(out, w.boottime());
        });
        form(Work.ClockStart.class, Opcode.TIME_OFFSETS, (w, out, start) -> {
            offset(out, w.start().minus(Clocks.monotonic()));
            offset(out, w.start().minus(Clocks.boottime()));
        });
        form(Work.Hostname.class, Opcode.HOSTNAME, (w, out, start) -> out.str(w.name()));
        form(Work.Domainname.class, Opcode.DOMAINNAME, (w, out, start) -> out.str(w.name()));
        form(Work.SetIds.class, Opcode.SETID, (w, out, start) -> out.u32(w.uid())
                .u32(w.gid()));
        form(Work.Owner.class, Opcode.OWNER, (w, out, start) -> out.u32(w.uid()).u32(w.gid()));
        form(Work.RootFileSystem.class, Opcode.ROOT_FS, (w, out, start) -> out.str(w.type())
                .u64(w.attributes())
                .strv(w.options()));
        form(Work.RootBind.class, Opcode.ROOT_BIND, (w, out, start) -> out.u32(w.slot())
                .u64(w.attributes()));
        form(Work.MakeDirectory.class, Opcode.MKDIR, (w, out, start) -> out.str(w.target())
                .u32(w.mode()));
        form(Work.Symlink.class, Opcode.SYMLINK, (w, out, start) -> out.str(w.target())
                .str(w.text().toArray()));
        form(Work.WriteFile.class, Opcode.FILE, (w, out, start) -> out.str(w.target())
                .u32(w.mode())
                .blob(w.content().toArray()));
        form(Work.WriteHosts.class, Opcode.FILE, (w, out, start) -> out.str(w.target())
                .u32(w.mode())
                .blob(AttachmentPlanner.hosts(w.content(), w.network())));
        form(Work.WriteResolver.class, Opcode.FILE, (w, out, start) -> out.str(w.target())
                .u32(w.mode())
                .blob(Bytes.of(start.resolvConf()).toArray()));
        form(Work.Mount.class, Opcode.MOUNT, (w, out, start) -> out.str(w.type())
                .str(w.target())
                .u64(w.attributes())
                .strv(w.options()));
        form(Work.Bind.class, Opcode.BIND, (w, out, start) -> out.u32(w.slot())
                .str(w.target())
                .u64(w.attributes()));
        form(Work.Attributes.class, Opcode.ATTRIBUTES, (w, out, start) -> out.str(w.target())
                .u64(w.attributes()));
        form(Work.Mask.class, Opcode.MASK, (w, out, start) -> out.str(w.target()));
        form(Work.WriteProc.class, Opcode.WRITE_PROC, (w, out, start) -> out.str(w.path())
                .str(w.value()));
        form(Work.SetPropagation.class, Opcode.PROPAGATION, (w, out, start) -> out.str(w.path())
                .u32(w.propagation()));
        form(Work.MakeNode.class, Opcode.MKNOD, (w, out, start) -> out.str(w.path())
                .u32(w.mode())
                .u32(w.major())
                .u32(w.minor())
                .u32(w.uid())
                .u32(w.gid()));
        form(Work.Pause.class, Opcode.PAUSE, (w, out, start) -> out.u32(w.number()));
        form(Work.ProcFile.class, Opcode.PROC_FILE, (w, out, start) -> out.str(w.target())
                .str(w.name())
                .blob(w.content().toArray())
                .strv(w.options()));
        form(Work.Netlink.class, Opcode.NETLINK, (w, out, start) -> out.u32(w.protocol())
                .blob(w.messages().toArray()));
        form(Work.Listen.class, Opcode.LISTEN, (w, out, start) -> out.u32(w.number())
                .blob(w.address().toArray())
                .str(w.path()));
        form(Work.Reach.class, Opcode.REACH, (w, out, start) -> out.u32(w.number())
                .blob(w.address().toArray())
                .str(w.path()));
        form(Work.Umask.class, Opcode.UMASK, (w, out, start) -> out.u32(w.mask()));
        form(Work.Nice.class, Opcode.NICE, (w, out, start) -> out.u32(w.value()));
        form(Work.IoPriority.class, Opcode.IOPRIO, (w, out, start) -> out.u32(w.number()));
        form(
                Work.Affinity.class,
                Opcode.AFFINITY,
                (w, out, start) -> out.blob(w.cpus().toArray()));
        form(Work.MemoryPolicy.class, Opcode.MEMORY_POLICY, (w, out, start) -> out.u32(w.mode())
                .blob(w.nodes().toArray()));
        form(Work.SetRlimit.class, Opcode.RLIMIT, (w, out, start) -> out.u32(w.resource())
                .u64(w.soft())
                .u64(w.hard()));
        form(Work.Personality.class, Opcode.PERSONALITY, (w, out, start) -> out.u64(w.value()));
        form(Work.Credentials.class, Opcode.CREDENTIALS, (w, out, start) -> {
            WireWriter groups = new WireWriter();
            w.groups().forEach(groups::u32);
            out.u32(w.uid()).u32(w.gid()).blob(groups.bytes());
        });
        form(Work.Capabilities.class, Opcode.CAPABILITIES, (w, out, start) -> out.u64(w.bounding())
                .u64(w.effective())
                .u64(w.permitted())
                .u64(w.inheritable())
                .u64(w.ambient()));
        form(Work.Seccomp.class, Opcode.SECCOMP, (w, out, start) -> out.u32(w.installFlags())
                .blob(w.program().toArray()));
        form(Work.Landlock.class, Opcode.LANDLOCK, (w, out, start) -> out.u64(w.files())
                .u64(w.network())
                .u64(w.scoped())
                .strv(w.allowed().stream()
                        .map(rule -> PrivateTmp.at(rule, start.tmp()))
                        .toList()));
        form(Work.Speculation.class, Opcode.SPECULATION, (w, out, start) -> out.u32(w.misfeature())
                .u32(w.control()));
        form(
                Work.Scheduler.class,
                Opcode.SCHEDULER,
                (w, out, start) -> out.blob(w.attributes().toArray()));
        form(Work.Cgroup.class, Opcode.CGROUP, (w, out, start) -> out.u32(w.hierarchy()));
        form(Work.CgroupWrite.class, Opcode.CGROUP_WRITE, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file())
                .str(w.text()));
        form(Work.CgroupJoin.class, Opcode.CGROUP_JOIN, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file()));
        form(Work.CgroupRead.class, Opcode.CGROUP_READ, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file()));
        form(Work.CgroupKill.class, Opcode.CGROUP_KILL, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file())
                .str(w.text()));
        form(Work.CgroupCpu.class, Opcode.CGROUP_CPU, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file())
                .str(w.key())
                .u64(w.nanosPerUnit()));
        form(Work.CgroupOom.class, Opcode.CGROUP_OOM, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.file())
                .str(w.control()));
        form(Work.CgroupDevices.class, Opcode.CGROUP_DEVICES, (w, out, start) -> out.u32(w.hierarchy())
                .blob(w.program().toArray()));
        form(Work.CgroupAt.class, Opcode.CGROUP_AT, (w, out, start) -> out.u32(w.hierarchy())
                .str(w.base())
                .str(w.path())
                .str(w.mark())
                .strv(w.parentWrites()));
    }

    private Bodies() {}

    /** @param <T> a kind of work */
    private record Form<T extends Work>(Opcode code, Body<T> body) {}

    /** Writes the body of work, as one start has it. */
    private interface Body<T extends Work> {
        void write(T work, WireWriter out, OneStart start);
    }

    private static <T extends Work> void form(Class<T> kind, Opcode code, Body<T> body) {
        FORMS.put(kind, new Form<>(code, body));
    }

    @SuppressWarnings("unchecked") // as form() has put them
    private static <T extends Work> Form<T> formOf(T work) {
        Form<?> form = FORMS.get(work.getClass());
        if (form == null) {
            throw new IllegalStateException("no form for " + work);
        }
        return (Form<T>) form;
    }

    static Opcode code(Work work) {
        return work instanceof Work.Bare bare ? bare.code() : formOf(work).code();
    }

    static byte[] of(Work work, OneStart start) {
        WireWriter out = new WireWriter();
        if (!(work instanceof Work.Bare)) {
            formOf(work).body().write(work, out, start);
        }
        return out.bytes();
    }

    private static void offset(WireWriter out, Duration time) {
        out.u64(time.getSeconds()).u32(time.getNano());
    }
}
