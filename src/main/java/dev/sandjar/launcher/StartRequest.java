package dev.sandjar.launcher;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.TerminalSize;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plan.IdMapPlan;
import dev.sandjar.plan.Plan;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The body of a start: what belongs to one command, beside the plan of its sandbox. */
final class StartRequest {
    static final int PROBE = 1;
    private static final int PTY = 2;
    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    private final List<String> paths;
    private final @Nullable String directory;

    StartRequest(Plan plan, long planId, IdMapPlan map, Command command, int flags, List<Integer> targets) {
        Map<String, String> environment = new LinkedHashMap<>(plan.environment());
        environment.putAll(command.environment());
        int number = 3;
        for (String name : command.descriptors().keySet()) {
            environment.put(Descriptor.variable(name), Integer.toString(number++));
        }
        paths = candidates(command.program(), environment.getOrDefault("PATH", DEFAULT_PATH));
        directory = command.directory().orElse(plan.directory());
        TerminalSize size = command.terminal().orElse(null);
        u64(planId);
        u32(flags | (size == null ? 0 : PTY));
        u16(size == null ? 0 : size.rows());
        u16(size == null ? 0 : size.columns());
        u32(map.mode());
        str(map.uidMap());
        str(map.gidMap());
        strv(map.uidCommand());
        strv(map.gidCommand());
        strv(paths);
        strv(command.argv());
        List<String> variables = new ArrayList<>(environment.size());
        environment.forEach((name, value) -> variables.add(name + "=" + value));
        strv(variables);
        str(directory == null ? "" : directory);
        u32(targets.size());
        targets.forEach(this::u32);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Where the program is looked for, in this order: as {@code execvp(3)} does, but with the PATH that it will see. */
    List<String> paths() {
        return paths;
    }

    @Nullable String directory() {
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

    private void u16(int value) {
        out.write(value);
        out.write(value >>> 8);
    }

    private void u32(int value) {
        u16(value);
        u16(value >>> 16);
    }

    private void u64(long value) {
        u32((int) value);
        u32((int) (value >>> 32));
    }

    private void str(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        u32(bytes.length);
        out.writeBytes(bytes);
        out.write(0);
    }

    private void strv(List<String> values) {
        u32(values.size());
        values.forEach(this::str);
    }
}
