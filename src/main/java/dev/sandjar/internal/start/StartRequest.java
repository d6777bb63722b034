package dev.sandjar.internal.start;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.TerminalSize;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.hostfs.PrivateDirectory;
import dev.sandjar.internal.plan.Bounds;
import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.plan.NoCgroups;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.PrivateTmp;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.reuse.Templates;
import dev.sandjar.internal.util.Errno;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The body of a start: what belongs to one command, beside the plan of its sandbox. */
final class StartRequest {
    static final IdMapPlan NO_IDS = new IdMapPlan(0, "", "", List.of(), List.of(), 0);

    private static final int PROBE = 1;
    private static final int PTY = 2;
    private static final int PREPARE = 4;
    private static final int PLAIN = 8;
    private static final int WARM = 16;
    private static final int HANDED_FILES = 32;
    private static final int NETWORK = 64;
    private static final int NETWORK_OWNER = 128;
    private static final int FROM_TEMPLATE = 256;
    private static final int MAKE_TEMPLATE = 512;
    /** What may be a file itself, rather than a pipe. */
    private static final Set<Descriptor.Kind> FILES =
            Set.of(Descriptor.Kind.READ_FROM, Descriptor.Kind.WRITE_TO, Descriptor.Kind.READ_WRITE);

    private static final int LIST_MAX = 131_072;
    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

    private final Command command;
    private final List<String> paths;
    private final List<String> environment;
    private final @Nullable String directory;
    private final Bounds bounds;
    private final boolean handsFiles;
    private final boolean guarded;
    private boolean going;
    private int networks;

    StartRequest(Plan plan, Command command) throws SandboxException {
        this(plan, command, null);
    }

    /** @param tmp the directory of the sandbox in place of /tmp; null if it has none */
    StartRequest(Plan plan, Command command, @Nullable PrivateDirectory tmp) throws SandboxException {
        this(plan, command, environment(plan, command, tmp), at(plan.directory(), tmp));
    }

    private static @Nullable String at(@Nullable String text, @Nullable PrivateDirectory tmp) {
        return text == null || tmp == null ? text : PrivateTmp.at(text, tmp.path());
    }

    private static Map<String, String> environment(Plan plan, Command command, @Nullable PrivateDirectory tmp) {
        Map<String, String> variables = new LinkedHashMap<>(plan.environment());
        if (tmp != null) {
            variables.replaceAll((name, value) -> PrivateTmp.at(value, tmp.path()));
        }
        String type = plan.terminalType();
        if (type != null && command.terminal().isPresent()) {
            variables.putIfAbsent("TERM", type);
        }
        return variables;
    }

    /** Of a program that is none of the sandbox's own. */
    static StartRequest foreign(Plan plan, Command command) throws SandboxException {
        return new StartRequest(plan, command, Map.of(), "/");
    }

    private StartRequest(Plan plan, Command command, Map<String, String> defaults, @Nullable String directoryOfAll)
            throws SandboxException {
        this.command = command;
        this.bounds = plan.bounds().within(command.timeout(), command.cpuTime());
        checkCounted(plan, "CPU time", "cpuTime", command.cpuTime().isPresent() && !plan.countsCpuTime());
        checkCounted(plan, "memory", "memory", command.memory().isPresent() && !plan.limitsMemory());
        this.guarded = plan.guardsHandedFiles();
        this.handsFiles = guarded && handsFiles(command, bounds.outputBytes() != null);
        Map<String, String> variables = new LinkedHashMap<>(defaults);
        variables.putAll(command.environment());
        int number = 3;
        for (String name : command.descriptors().keySet()) {
            variables.put(Descriptor.variable(name), Integer.toString(number++));
        }
        environment = new ArrayList<>(variables.size());
        variables.forEach((name, value) -> environment.add(name + "=" + value));
        paths = candidates(command.program(), variables.getOrDefault("PATH", DEFAULT_PATH));
        directory = command.directory().orElse(directoryOfAll);
        checkCount("arguments", command.arguments().size() + 1);
        checkCount("environment variables", environment.size());
    }

    /** What stands in for a cgroup counts each process alone, and is the same for all starts. */
    private static void checkCounted(Plan plan, String what, String method, boolean uncounted) throws SandboxException {
        if (uncounted) {
            NoCgroups none = plan.noCgroups();
            throw new UnsupportedIsolationException(
                    Isolation.CGROUP_LIMITS,
                    "bound the " + what + " of one start",
                    null,
                    null,
                    0,
                    "no cgroup counts the " + what + " of this sandbox" + (none == null ? "" : ": " + none.reason()),
                    (none == null ? "" : none.remedy() + "; or ") + "leave Command." + method
                            + "(...) out, or start where cgroups can be made");
        }
    }

    /** Whether the program may hold a file of the host itself, whose mode its owner could change. */
    private static boolean handsFiles(Command command, boolean limited) {
        boolean file =
                command.descriptors().values().stream().map(Descriptor::kind).anyMatch(FILES::contains);
        return file || isFile(command.stdin()) || (!limited && (isFile(command.stdout()) || isFile(command.stderr())));
    }

    private static boolean isFile(Redirect redirect) {
        return !redirect.equals(Redirect.PIPE) && !redirect.equals(Redirect.DISCARD);
    }

    private void checkCount(String what, int count) throws SandboxException {
        if (count > LIST_MAX) {
            throw new SandboxException(
                    "pass the " + what,
                    "execve",
                    command.program(),
                    Errno.E2BIG.number(),
                    count + " are more than the " + LIST_MAX + " that the launcher takes",
                    "pass large data by a file, standard input or a descriptor");
        }
    }

    /** Of a sandbox that is attached to networks: so many descriptors of namespaces come after the others, 1 or 2; else 0. */
    StartRequest withNetworks(int descriptors) {
        networks = descriptors == 0 ? 0 : descriptors == 1 ? NETWORK : NETWORK | NETWORK_OWNER;
        return this;
    }

    byte[] start(long planId, Templates.Use template, IdMapPlan ids, List<Integer> targets) {
        return write(new WireWriter(), planId, template, networks, ids, targets);
    }

    byte[] probe(long planId, IdMapPlan ids) {
        return write(new WireWriter(), planId, Templates.Use.NONE, PROBE | networks, ids, List.of());
    }

    byte[] waiting(long planId, Templates.Use template, IdMapPlan ids) {
        return write(new WireWriter(), planId, template, PREPARE | networks, ids, List.of());
    }

    /** With the process of the program, which hears of it on the one descriptor that is passed. */
    byte[] warm(long planId, Templates.Use template, IdMapPlan ids) {
        return write(new WireWriter(), planId, template, PREPARE | WARM | networks, ids, List.of(0));
    }

    /** What the launcher has to know of a program that its plan does not describe. */
    byte[] runStarted() {
        return new WireWriter()
                .u64(bounds.timeoutNanos())
                .u64(bounds.cpuNanos())
                .u64(bounds.graceNanos())
                .u32(bounds.stopSignal())
                .bytes();
    }

    /** Whether a warm process can run it: it has no terminal, and needs no filter beside the plan's. */
    boolean fitsWarm() {
        return command.terminal().isEmpty() && !handsFiles;
    }

    /** The program of a sandbox that waits. */
    byte[] run(List<Integer> targets) {
        going = true;
        return write(new WireWriter(), 0, Templates.Use.NONE, 0, NO_IDS, targets);
    }

    /** Whether it was for a sandbox that waits. */
    boolean isRun() {
        return going;
    }

    /** Beside the program that {@code sandbox} names. */
    byte[] exec(long sandbox, List<Integer> targets) {
        // Whatever it gets itself: it can open what programs beside it hold.
        return write(new WireWriter().u64(sandbox), 0, Templates.Use.NONE, guarded ? HANDED_FILES : 0, NO_IDS, targets);
    }

    /** Whether it is a further program's, to which no file may be given that one beside it could change the mode of. */
    boolean mayNotHandFiles(@Nullable Command main) {
        return guarded && (main == null || !handsFiles(main, bounds.outputBytes() != null));
    }

    /** The same, with nothing that confines programs of the sandbox. */
    byte[] plain(long sandbox, List<Integer> targets) {
        return write(new WireWriter().u64(sandbox), 0, Templates.Use.NONE, PLAIN, NO_IDS, targets);
    }

    private byte[] write(
            WireWriter out, long planId, Templates.Use template, int flags, IdMapPlan ids, List<Integer> targets) {
        TerminalSize size = command.terminal().orElse(null);
        out.u64(planId)
                .u64(template.template())
                .u32(flags | flags(template) | (size == null ? 0 : PTY) | (handsFiles ? HANDED_FILES : 0))
                .u16(size == null ? 0 : size.rows())
                .u16(size == null ? 0 : size.columns())
                .u64(bounds.timeoutNanos())
                .u64(bounds.cpuNanos())
                .u64(bounds.graceNanos())
                .u32(bounds.stopSignal())
                .u32(ids.mode())
                .str(ids.uidMap())
                .str(ids.gidMap())
                .strv(ids.uidCommand())
                .strv(ids.gidCommand())
                .strv(paths)
                .strv(command.argv())
                .strv(environment)
                .str(directory == null ? "" : directory)
                .u32(targets.size());
        targets.forEach(out::u32);
        return out.bytes();
    }

    private static int flags(Templates.Use template) {
        if (template.template() == 0) {
            return 0;
        }
        return template.isMade() ? MAKE_TEMPLATE : FROM_TEMPLATE;
    }

    /** Where the program is looked for, in this order: as {@code execvp(3)} does, but with the PATH that it will see. */
    List<String> paths() {
        return paths;
    }

    @Nullable
    String directory() {
        return directory;
    }

    static List<String> candidates(String program, String path) {
        if (program.indexOf('/') >= 0) {
            return List.of(program);
        }
        List<String> found = new ArrayList<>();
        for (String directory : path.split(":", -1)) {
            // An empty entry means the working directory, which is how programs get planted: it is left out.
            if (!directory.isEmpty()) {
                found.add(directory + "/" + program);
            }
        }
        return found.isEmpty() ? List.of(program) : List.copyOf(found);
    }
}
