package dev.sandjar.internal.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The header of the protocol is the one source of its numbers: this reads it and compares every constant with its counterpart in Java,
 * both ways. What one side has alone is named here with its reason.
 */
class ProtocolNumbersTest {
    private static final Path HEADER = Path.of("src/main/native/protocol/protocol.h");

    /** Constants of the header that Java has no use for. */
    private static final Map<String, String> ONLY_C = Map.ofEntries(
            Map.entry("SJ_FILE_CALLS_END", "ends the list"),
            Map.entry("SJ_RUN_FAILED", "Java takes every byte for it but the other word"),
            Map.entry("SJ_TARGET_MAX", "follows from SJ_FDS_MAX"),
            Map.entry("SJ_FDS_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_OPS_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_SLOTS_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_HIERARCHIES_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_CGROUP_PATH_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_CGROUP_DEPTH_MAX", "a bound that the launcher checks"),
            Map.entry("SJ_NETLINK_MAX", "a bound that the keeper checks"),
            Map.entry("SJ_NET_STEPS_MAX", "a bound that the keeper checks"),
            Map.entry("SJ_NETLINK_READ_MAX", "a bound that the keeper checks"),
            Map.entry("SJ_SAID_MAX", "a bound that the relay checks"),
            Map.entry("SJ_SAY_CLIENT", "Java writes the three in their order"),
            Map.entry("SJ_SAY_FAILURE", "Java writes the three in their order"),
            Map.entry("SJ_SAY_SERVER", "Java writes the three in their order"),
            Map.entry("SJ_SAID_COUNT", "how many these are"),
            Map.entry("SJ_SECTIONS", "Java writes the four by name"));

    /** Constants of the Java classes that are no numbers of the protocol. */
    private static final Set<String> ONLY_JAVA =
            Set.of("SubordinateFiles.STATX_UID", "SubordinateFiles.STATX_GID", "Exited.CODE_MAX", "Host.LANDLOCK_MAX");

    /** The two sides of one kind of constants, by the names that the header has for them. */
    private record Sides(String kind, Map<String, Object> header, Map<String, Object> java) {
        @Override
        public String toString() {
            return kind;
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void bothSidesHaveTheSameNumbers(Sides sides) {
        assertTrue(sides.header.size() > 0, "nothing found in the header");
        assertEquals(lines(sides.header), lines(sides.java));
    }

    @Test
    void everyConstantOfTheHeaderIsCompared() throws Exception {
        Header header = Header.read(Files.readString(HEADER));
        Set<String> compared = new TreeSet<>(ONLY_C.keySet());
        kinds().forEach(sides -> compared.addAll(sides.header.keySet()));
        Set<String> all = new TreeSet<>(header.defines.keySet());
        header.enums.values().forEach(constants -> all.addAll(constants.keySet()));
        assertEquals(String.join("\n", all), String.join("\n", compared));
    }

    /** The control: a number that is changed, missing or new on one side alone is seen. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SJ_OP_MKDIR = 28,->SJ_OP_MKDIR = 29,",
                "SJ_OP_MKDIR = 28,->",
                "SJ_OP_MKDIR = 28,->SJ_OP_MKDIR = 28, SJ_OP_OTHER = 99,",
                "SJ_PLAN_OWNER = 1u << 11,->SJ_PLAN_OWNER = 1u << 12,",
                "SJ_EXITED = 104,->SJ_EXITED = 105,",
                "SJ_IN_CGROUP = 10,->SJ_IN_CGROUP = 12,",
                "SJ_HAS_OPENAT2 = 1u << 1,->SJ_HAS_OPENAT2 = 1u << 7,",
                "SJ_FILE_LINK = 6,->SJ_FILE_LINK = 7,",
                "#define SJ_STRV_MAX 131072->#define SJ_STRV_MAX 131071"
            })
    void aDifferenceIsSeen(String change) throws Exception {
        String text = Files.readString(HEADER);
        String[] words = change.split("->", -1);
        assertTrue(text.contains(words[0]), "the header has no " + words[0]);
        List<Sides> changed = kinds(Header.read(text.replace(words[0], words[1])));
        assertEquals(
                1,
                changed.stream()
                        .filter(sides -> !lines(sides.header).equals(lines(sides.java)))
                        .count());
    }

    static List<Sides> kinds() throws Exception {
        return kinds(Header.read(Files.readString(HEADER)));
    }

    private static List<Sides> kinds(Header header) throws Exception {
        Class<?> opcode = Opcode.class;
        Map<String, Object> features = constants(internal("host.Host"), Map.of("LANDLOCK_SHIFT", "SJ_LANDLOCK_SHIFT"));
        features.putAll(constants(internal("host.Host"), "HAS_", "SJ_HAS_"));
        features.putAll(reportedFeatures());
        return List.of(
                new Sides("messages", header.of("sj_type"), messages()),
                new Sides(
                        "words",
                        header.of("sj_word"),
                        constants(internal("launcher.CommandChannel"), Map.of("EXECUTING", "SJ_EXECUTING"))),
                new Sides("how a process ended", header.of("sj_how"), constants(Event.Exited.class, "BY_", "SJ_BY_")),
                new Sides("why", header.of("sj_why"), constants(Event.Exited.class, "WHY_", "SJ_WHY_")),
                new Sides("features", header.of("sj_feature"), features),
                new Sides("flags of plans", header.of("sj_plan_flag"), constants(planClass("Plan"), "", "SJ_PLAN_")),
                new Sides("flags of starts", header.of("sj_start_flag"), startFlags()),
                new Sides(
                        "modes of id maps", header.of("sj_map_mode"), constants(planClass("IdMapPlan"), "", "SJ_MAP_")),
                new Sides("steps", header.of("sj_section"), steps()),
                new Sides("operations", header.of("sj_opcode"), operations(opcode)),
                new Sides("flags of operations", header.of("sj_op_flag"), operationFlags(opcode)),
                new Sides(
                        "what connections come to",
                        header.of("sj_came_to"),
                        constants(internal("network.Decisions"), "CAME_TO_", "SJ_CAME_TO_")),
                new Sides(
                        "answers",
                        header.of("sj_answer"),
                        constants(
                                internal("network.Answer"),
                                Map.of(
                                        "REFUSE",
                                        "SJ_ANSWER_REFUSE",
                                        "GO",
                                        "SJ_ANSWER_GO",
                                        "MORE",
                                        "SJ_ANSWER_MORE",
                                        "HAND",
                                        "SJ_ANSWER_HAND"))),
                new Sides(
                        "flags of links",
                        header.of("sj_link_flag"),
                        constants(internal("launcher.Relay"), "LINK_", "SJ_LINK_")),
                new Sides(
                        "calls on files",
                        header.of("sj_file_call"),
                        constants(internal("hostfs.SubordinateFiles"), "", "SJ_FILE_")),
                new Sides("single values", header.defined(), singleValues()));
    }

    private static Map<String, Object> messages() throws Exception {
        Map<String, Object> all = constants(Frame.class, "", "SJ_");
        all.keySet().removeAll(Set.of("SJ_SIZE", "SJ_MAGIC", "SJ_INLINE_MAX", "SJ_BODY_MAX", "SJ_BODY_IN_MEMFD"));
        return all;
    }

    private static Map<String, Object> startFlags() throws Exception {
        Map<String, Object> all = constants(internal("start.StartRequest"), "", "SJ_START_");
        all.remove("SJ_START_LIST_MAX");
        return all;
    }

    private static Map<String, Object> steps() throws Exception {
        Map<String, Object> all = new TreeMap<>();
        for (Section step : Section.values()) {
            all.put("SJ_IN_" + step.name(), (long) step.ordinal());
        }
        for (Map.Entry<String, Object> again :
                constants(Event.Started.class, "IN_", "SJ_IN_").entrySet()) {
            assertEquals(all.get(again.getKey()), again.getValue(), again.getKey() + " in Event.Started");
        }
        for (Map.Entry<String, Object> again :
                constants(internal("start.Start"), "IN_", "SJ_IN_").entrySet()) {
            assertEquals(all.get(again.getKey()), again.getValue(), again.getKey() + " in Start");
        }
        return all;
    }

    private static Map<String, Object> operations(Class<?> opcode) throws Exception {
        Field number = opcode.getDeclaredField("number");
        number.setAccessible(true);
        Map<String, Object> all = new TreeMap<>();
        for (Object each : opcode.getEnumConstants()) {
            all.put("SJ_OP_" + ((Enum<?>) each).name(), (long) number.getInt(each));
        }
        return all;
    }

    private static Map<String, Object> operationFlags(Class<?> opcode) throws Exception {
        Map<String, Object> all = constants(opcode, "", "SJ_");
        all.put("SJ_LISTENER_FLAG", all.remove("SJ_LISTENER")); // the plain name is that of a message
        return all;
    }

    /** The report of the host has them in the order of their bits. */
    private static Map<String, Object> reportedFeatures() throws Exception {
        Map<String, String> names = Map.of(
                "close_range", "CLOSE_RANGE",
                "openat2", "OPENAT2",
                "fsopen", "MOUNT_API",
                "mount_setattr", "MOUNT_SETATTR",
                "pidfd_open", "PIDFD",
                "clone3", "CLONE3");
        Field calls = internal("probe.LauncherReport").getDeclaredField("CALLS");
        calls.setAccessible(true);
        Map<String, Object> all = new TreeMap<>();
        for (Object call : (List<?>) calls.get(null)) {
            String name = names.get(call.toString().replaceAll("\\(.*", ""));
            all.put("SJ_HAS_" + name, 1L << all.size());
        }
        return all;
    }

    private static Map<String, Object> singleValues() throws Exception {
        Map<String, Object> all = constants(
                Frame.class,
                Map.of(
                        "SIZE", "SJ_HEADER_SIZE",
                        "MAGIC", "SJ_MAGIC",
                        "INLINE_MAX", "SJ_INLINE_MAX",
                        "BODY_MAX", "SJ_BODY_MAX",
                        "BODY_IN_MEMFD", "SJ_BODY_IN_MEMFD"));
        all.putAll(constants(internal("launcher.Connection"), Map.of("WIRE_VERSION", "SJ_WIRE_VERSION")));
        all.putAll(constants(internal("start.StartRequest"), Map.of("LIST_MAX", "SJ_STRV_MAX")));
        all.putAll(constants(Event.Exited.class, Map.of("SIGNAL_MAX", "SJ_SIGNAL_MAX")));
        all.putAll(constants(internal("network.Link"), Map.of("LINKS_MAX", "SJ_LINKS_MAX")));
        all.putAll(constants(
                internal("launcher.Cable"), Map.of("PORTS", "SJ_CABLE_PORTS_MAX", "WAYS", "SJ_CABLE_WAYS_MAX")));
        all.putAll(constants(internal("network.FirstBytes"), Map.of("MAX", "SJ_FIRST_BYTES_MAX")));
        all.putAll(constants(internal("network.Answer"), Map.of("ADDRESSES_MAX", "SJ_DECIDED_MAX")));
        all.putAll(
                constants(dev.sandjar.network.ConnectionBounds.class, Map.of("CONNECTIONS_MAX", "SJ_CONNECTIONS_MAX")));
        all.putAll(constants(Event.Step.class, Map.of("ABSENT", "SJ_STEP_ABSENT")));
        all.putAll(constants(planClass("TemplateLayersPlanner"), Map.of("NULL", "SJ_TEMPLATE_NULL")));
        all.putAll(constants(
                internal("bpf.FilterCompiler"),
                Map.of("INSTALLER", "SJ_INSTALLER", "LISTENER_TRANSFER_FLAGS", "SJ_LISTENER_TRANSFER_FLAGS")));
        return all;
    }

    private static Class<?> planClass(String name) throws ClassNotFoundException {
        return internal("plan." + name);
    }

    private static Class<?> internal(String name) throws ClassNotFoundException {
        return Class.forName("dev.sandjar.internal." + name);
    }

    /** The numbers of a class whose names begin so, under the header's names. */
    private static Map<String, Object> constants(Class<?> of, String prefix, String headerPrefix) throws Exception {
        Map<String, Object> all = new TreeMap<>();
        for (Field field : of.getDeclaredFields()) {
            boolean number = field.getType() == int.class
                    && Modifier.isStatic(field.getModifiers())
                    && Modifier.isFinal(field.getModifiers());
            if (number
                    && field.getName().startsWith(prefix)
                    && !ONLY_JAVA.contains(of.getSimpleName() + "." + field.getName())) {
                all.put(headerPrefix + field.getName().substring(prefix.length()), value(field));
            }
        }
        return all;
    }

    private static Map<String, Object> constants(Class<?> of, Map<String, String> names) throws Exception {
        Map<String, Object> all = new TreeMap<>();
        for (Map.Entry<String, String> name : names.entrySet()) {
            all.put(name.getValue(), value(of.getDeclaredField(name.getKey())));
        }
        return all;
    }

    private static Object value(Field field) throws IllegalAccessException {
        field.setAccessible(true);
        Object value = field.get(null);
        return value instanceof Number number ? number.longValue() : value;
    }

    private static String lines(Map<String, Object> constants) {
        StringBuilder text = new StringBuilder();
        constants.forEach(
                (name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    /** The constants of the header: of each enum, and what is defined. */
    private record Header(Map<String, Map<String, Object>> enums, Map<String, Object> defines) {
        private static final Pattern DEFINE = Pattern.compile("(?m)^#define (SJ_\\w+) +(\\S.*?) *$");
        private static final Pattern ENUM = Pattern.compile("enum (sj_\\w+) \\{([^}]*)\\};");
        private static final Pattern ATOM = Pattern.compile("(0x[0-9a-f]+|[0-9]+)[uL]*");

        static Header read(String header) {
            String text = header.replaceAll("(?s)/\\*.*?\\*/", "");
            Map<String, Object> known = new TreeMap<>();
            Map<String, Object> defines = new TreeMap<>();
            Map<String, Map<String, Object>> enums = new TreeMap<>();
            // One may stand below the one that it is made of.
            for (int round = 0; round < 2; round++) {
                for (Matcher m = DEFINE.matcher(text); m.find(); ) {
                    Object value = evaluate(m.group(2), known);
                    if (value != null) {
                        defines.put(m.group(1), value);
                        known.put(m.group(1), value);
                    }
                }
            }
            for (Matcher m = ENUM.matcher(text); m.find(); ) {
                Map<String, Object> constants = new TreeMap<>();
                long next = 0;
                for (String item : m.group(2).split(",")) {
                    String[] sides = item.strip().split("\\s*=\\s*");
                    if (sides[0].isEmpty()) {
                        continue;
                    }
                    Object value = sides.length > 1 ? evaluate(sides[1], known) : (Object) next;
                    if (value == null) {
                        throw new AssertionError("can't read " + item.strip() + " in " + HEADER);
                    }
                    constants.put(sides[0], value);
                    next = (long) value + 1;
                }
                enums.put(m.group(1), constants);
            }
            return new Header(enums, defines);
        }

        Map<String, Object> of(String name) {
            return without(enums.getOrDefault(name, Map.of()));
        }

        Map<String, Object> defined() {
            return without(defines);
        }

        private static Map<String, Object> without(Map<String, Object> constants) {
            Map<String, Object> all = new TreeMap<>(constants);
            all.keySet().removeAll(ONLY_C.keySet());
            all.keySet().removeIf(name -> name.endsWith("_H"));
            return all;
        }

        /** Numbers, names, characters and strings, joined by {@code | + * <<}; null if a name is not known. */
        private static Object evaluate(String expression, Map<String, Object> known) {
            String text = expression.strip();
            if (text.startsWith("(") && text.endsWith(")")) {
                text = text.substring(1, text.length() - 1).strip();
            }
            if (text.startsWith("\"")) {
                return text.substring(1, text.length() - 1);
            }
            if (text.startsWith("'")) {
                return (long) text.charAt(1);
            }
            for (String operator : List.of("|", "<<", "+", "*")) {
                int at = text.lastIndexOf(operator);
                if (at > 0) {
                    Object left = evaluate(text.substring(0, at), known);
                    Object right = evaluate(text.substring(at + operator.length()), known);
                    return left == null || right == null ? null : apply(operator, (long) left, (long) right);
                }
            }
            Matcher number = ATOM.matcher(text);
            return number.matches() ? (Object) Long.decode(number.group(1)) : known.get(text);
        }

        private static long apply(String operator, long left, long right) {
            return switch (operator) {
                case "|" -> left | right;
                case "<<" -> left << right;
                case "+" -> left + right;
                default -> left * right;
            };
        }
    }
}
