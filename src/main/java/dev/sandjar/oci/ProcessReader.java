package dev.sandjar.oci;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.IdMapping;
import dev.sandjar.Rlimit;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.linux.CapabilitySets;
import dev.sandjar.linux.IoPriority;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The process (config.md, "Process"). */
final class ProcessReader {
    private static final int UMASK_MAX = 0777;
    private static final int DIRECTORY_MODE = 0755;
    private static final int TERMINAL_MAX = 65_535;
    private static final int ROWS = 24;
    private static final int COLUMNS = 80;
    private static final String NO_VARIABLE = "is not NAME=value, and so is left out";
    private static final BigInteger UNLIMITED =
            BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);

    private final Draft draft;
    private final SandboxBuilder builder;
    private final JsonAt process;

    private ProcessReader(Draft draft, JsonAt process) {
        this.draft = draft;
        this.builder = draft.builder;
        this.process = process;
    }

    static void read(Draft draft, JsonAt process) throws InvalidBundleException {
        process.knowing(
                "terminal",
                "consoleSize",
                "cwd",
                "env",
                "args",
                "commandLine",
                "rlimits",
                "apparmorProfile",
                "capabilities",
                "noNewPrivileges",
                "oomScoreAdj",
                "scheduler",
                "selinuxLabel",
                "ioPriority",
                "execCPUAffinity",
                "user");
        new ProcessReader(draft, process).read();
    }

    private void read() throws InvalidBundleException {
        Optional<JsonAt> user = process.field("user");
        if (user.isPresent()) {
            user(user.get());
        } else {
            builder.user(0, 0);
        }
        JsonAt cwd = process.required("cwd");
        String directory = cwd.text();
        cwd.checked(() -> builder.workingDirectory(directory));
        made(cwd, directory);
        environment();
        capabilities();
        rlimits();
        Optional<Long> oom = process.number("oomScoreAdj", -1000, 1000);
        oom.ifPresent(value -> builder.process(p -> p.oomScoreAdj(value.intValue())));
        Optional<JsonAt> priority = process.field("ioPriority");
        if (priority.isPresent()) {
            ioPriority(priority.get());
        }
        Optional<JsonAt> scheduler = process.field("scheduler");
        if (scheduler.isPresent()) {
            SchedulerReader.read(draft, scheduler.get());
        }
        if (draft.exact) {
            builder.process(p -> p.coreDumps(true).newKeyring(true));
        }
        if (!process.bool("noNewPrivileges") && !draft.exact) {
            draft.note(process, "noNewPrivileges: privileges can't be gained, whatever it says");
        }
        labels();
        if (process.field("execCPUAffinity").isPresent()) {
            draft.note(process, "execCPUAffinity: it is for processes that are executed later, each with its own");
        }
        command();
    }

    /** As in other runtimes, a working directory that isn't there is made, with the owner of the container's root; mounts bring theirs. */
    private void made(JsonAt cwd, String directory) throws InvalidBundleException {
        String place = MountReader.clean(directory);
        if (draft.own.contains("mount") && !place.equals("/") && !draft.targets.contains(place)) {
            cwd.checked(() -> builder.mounts(m -> m.directory(place, DIRECTORY_MODE)));
        }
    }

    private void user(JsonAt user) throws InvalidBundleException {
        user.knowing("uid", "gid", "umask", "additionalGids");
        long uid = user.number("uid", 0, 0xfffffffeL).orElse(0L);
        long gid = user.number("gid", 0, 0xfffffffeL).orElse(0L);
        List<JsonAt> list = user.list("additionalGids");
        long[] groups = new long[list.size()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = list.get(i).number(0, 0xfffffffeL);
        }
        user.checked(() -> builder.user(uid, gid, groups));
        mapped(user, "uid", uid, draft.uids, "uidMappings");
        mapped(user, "gid", gid, draft.gids, "gidMappings");
        for (int i = 0; i < groups.length; i++) {
            mapped(user, "additionalGids/" + i, groups[i], draft.gids, "gidMappings");
        }
        user.number("umask", 0, UMASK_MAX).ifPresent(mask -> builder.process(p -> p.umask(mask.intValue())));
    }

    private static void mapped(JsonAt user, String field, long id, List<IdMapping.Range> ranges, String mappings)
            throws InvalidBundleException {
        boolean found = ranges.stream().anyMatch(range -> id >= range.inside() && id - range.inside() < range.count());
        if (!ranges.isEmpty() && !found) {
            throw user.refused(field, "is " + id + ", which is not in /linux/" + mappings);
        }
    }

    private void environment() throws InvalidBundleException {
        for (JsonAt variable : process.list("env")) {
            String text = variable.text();
            int equals = text.indexOf('=');
            if (equals < 1) {
                draft.note(variable, NO_VARIABLE);
                continue;
            }
            variable.checked(() -> builder.env(text.substring(0, equals), text.substring(equals + 1)));
        }
    }

    /** Names and values of a list of NAME=value. */
    static Map<String, String> variables(Draft draft, JsonAt object) throws InvalidBundleException {
        Map<String, String> map = new LinkedHashMap<>();
        for (JsonAt variable : object.list("env")) {
            String text = variable.text();
            int equals = text.indexOf('=');
            if (equals < 1) {
                draft.note(variable, NO_VARIABLE);
                continue;
            }
            map.put(text.substring(0, equals), text.substring(equals + 1));
        }
        return map;
    }

    private void labels() throws InvalidBundleException {
        Optional<JsonAt> profile = process.filled("apparmorProfile");
        if (profile.isPresent() && profile.get().text().equals("unconfined")) {
            draft.note(process, "apparmorProfile: it has that of the process that starts it");
        } else if (profile.isPresent()) {
            String name = profile.get().text();
            profile.get().checked(() -> builder.process(p -> p.appArmorProfile(name)));
        }
        Optional<JsonAt> label = process.filled("selinuxLabel");
        if (label.isPresent()) {
            String text = label.get().text();
            label.get().checked(() -> builder.process(p -> p.seLinuxLabel(text)));
        }
    }

    // ---- capabilities

    private void capabilities() throws InvalidBundleException {
        Optional<JsonAt> sets = process.field("capabilities");
        if (sets.isEmpty()) {
            draft.note(process, "no capabilities: it has none");
            return;
        }
        JsonAt given = sets.get().knowing("bounding", "effective", "permitted", "inheritable", "ambient");
        Set<Capability> bounding = set(given, "bounding");
        Set<Capability> permitted = set(given, "permitted");
        Set<Capability> inheritable = set(given, "inheritable");
        Set<Capability> effective = granted(given, "effective", set(given, "effective"), permitted);
        Set<Capability> ambient = granted(given, "ambient", set(given, "ambient"), permitted);
        Set<Capability> raised = granted(given, "ambient", ambient, inheritable);
        given.checked(() -> builder.process(
                p -> p.capabilities(new CapabilitySets(bounding, effective, permitted, inheritable, raised))));
    }

    private Set<Capability> set(JsonAt given, String field) throws InvalidBundleException {
        Set<Capability> set = EnumSet.noneOf(Capability.class);
        for (JsonAt name : given.list(field)) {
            String text = name.text();
            Optional<Capability> capability = Arrays.stream(Capability.values())
                    .filter(c -> ("CAP_" + c.name()).equals(text))
                    .findFirst();
            // Not an error, says the specification: what is not known can't be granted.
            capability.ifPresentOrElse(set::add, () -> draft.note(name, "no capability is known by this name"));
        }
        return set;
    }

    private Set<Capability> granted(JsonAt given, String field, Set<Capability> wanted, Set<Capability> within) {
        Set<Capability> granted = EnumSet.noneOf(Capability.class);
        granted.addAll(wanted);
        granted.retainAll(within);
        if (!granted.equals(wanted)) {
            Set<Capability> lost = EnumSet.noneOf(Capability.class);
            lost.addAll(wanted);
            lost.removeAll(within);
            draft.note(given, field + " capabilities " + lost + " can't be granted, by the other sets");
        }
        return granted;
    }

    // ---- limits and priorities

    private void rlimits() throws InvalidBundleException {
        Map<Rlimit, String> seen = new EnumMap<>(Rlimit.class);
        for (JsonAt limit : process.list("rlimits")) {
            limit.knowing("type", "soft", "hard");
            JsonAt type = limit.required("type");
            String name = type.text();
            Rlimit kind = Arrays.stream(Rlimit.values())
                    .filter(r -> ("RLIMIT_" + r.name()).equals(name))
                    .findFirst()
                    .orElseThrow(() -> type.refused("is not a resource limit of Linux"));
            if (seen.put(kind, type.path()) != null) {
                throw type.refused("is there twice");
            }
            long soft = rlimit(limit.required("soft"));
            long hard = rlimit(limit.required("hard"));
            if (kind == Rlimit.CORE && hard != 0) {
                builder.process(p -> p.coreDumps(true));
            }
            limit.checked(() -> builder.process(p -> p.rlimit(kind, soft, hard)));
        }
    }

    private static long rlimit(JsonAt value) throws InvalidBundleException {
        BigInteger number = value.integer();
        if (number.equals(UNLIMITED)) {
            return Rlimit.UNLIMITED;
        }
        if (number.signum() < 0 || number.bitLength() >= Long.SIZE) {
            throw value.refused("is " + number + ", and neither from 0 to " + Long.MAX_VALUE + " nor " + UNLIMITED
                    + ", which means no limit");
        }
        return number.longValue();
    }

    private void ioPriority(JsonAt priority) throws InvalidBundleException {
        priority.knowing("class", "priority");
        JsonAt kind = priority.required("class");
        int level = priority.number("priority", 0, 7).orElse(0L).intValue();
        IoPriority chosen =
                switch (kind.text()) {
                    case "IOPRIO_CLASS_RT" -> IoPriority.realtime(level);
                    case "IOPRIO_CLASS_BE" -> IoPriority.bestEffort(level);
                    case "IOPRIO_CLASS_IDLE" -> IoPriority.idle();
                    default -> throw kind.refused("is not a class of I/O priorities");
                };
        builder.process(p -> p.ioPriority(chosen));
    }

    // ---- what runs

    private void command() throws InvalidBundleException {
        List<String> args = process.texts("args");
        boolean terminal = process.bool("terminal");
        if (args.isEmpty()) {
            return;
        }
        Command command = process.required("args").checked(() -> Command.of(args));
        if (terminal) {
            Optional<JsonAt> size = process.field("consoleSize");
            int rows = size.isPresent() ? side(size.get(), "height", ROWS) : ROWS;
            int columns = size.isPresent() ? side(size.get(), "width", COLUMNS) : COLUMNS;
            command = command.pty(rows, columns);
            if (!draft.exact) {
                draft.note(process, "terminal: there is no /dev/console");
            }
        }
        draft.command = command;
    }

    /** 0 is what writers put for a size that they don't know. */
    private static int side(JsonAt size, String field, int otherwise) throws InvalidBundleException {
        int side = (int) size.knowing("height", "width").required(field).number(0, TERMINAL_MAX);
        return side == 0 ? otherwise : side;
    }
}
