package dev.sandjar.internal.bpf;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.Capability;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompCondition;
import dev.sandjar.seccomp.SeccompFlag;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallArgument.Comparison;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads profiles as Docker, containerd and Podman write them and as "linux.seccomp" of the OCI runtime specification has them
 * (config-linux.md, "Seccomp"). What it does not know it refuses, rather than to leave a rule out.
 *
 * <p>Rules count in their order. That is stricter than libseccomp, which leaves out a rule that says the same as the default, even if a
 * later one lets the call pass.
 */
public final class ProfileJson {
    static final int EPERM = 1;
    static final int ENOSYS = 38;

    private static final int TEXT_MAX = 1 << 20;
    private static final int ERRNO_MAX = 4_095;
    private static final int DEPTH_MAX = 16;
    /** A tree takes some 100 bytes for each, whose text may have two. */
    private static final int TOKENS_MAX = 1_000_000;

    private static final int INDEX_MAX = 5;
    /** Of filters that are installed in another way than here, the last two say something. */
    private static final Map<String, Set<SeccompFlag>> FLAGS = Map.of(
            "SECCOMP_FILTER_FLAG_LOG", Set.of(SeccompFlag.LOG),
            "SECCOMP_FILTER_FLAG_SPEC_ALLOW", Set.of(SeccompFlag.SPEC_ALLOW),
            "SECCOMP_FILTER_FLAG_TSYNC", Set.of(),
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", Set.of());

    private static final Set<String> FIELDS = Set.of(
            "defaultAction",
            "defaultErrnoRet",
            "defaultErrno",
            "architectures",
            "archMap",
            "flags",
            "syscalls",
            "listenerPath",
            "listenerMetadata");
    private static final Set<String> RULE_FIELDS = Set.of(
            "names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes", "comment", "minKernel");
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxTokenCount(TOKENS_MAX)
                            .maxStringLength(TEXT_MAX)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ProfileJson() {}

    /**
     * The profile that a file holds, which names it.
     *
     * @param in the content of the file
     */
    public static SeccompProfile read(Path file, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(TEXT_MAX + 1);
        if (bytes.length > TEXT_MAX) {
            throw new IllegalArgumentException(file + ": a seccomp profile of more than " + TEXT_MAX + " bytes");
        }
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return read(String.valueOf(file.getFileName()), text);
    }

    /**
     * Reads a profile.
     *
     * @throws IllegalArgumentException if it is none; the message says where
     */
    public static SeccompProfile read(String name, String text) {
        if (text.length() > TEXT_MAX) {
            throw new IllegalArgumentException("a seccomp profile of more than " + TEXT_MAX + " characters");
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage() + " at line "
                    + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()));
        }
        if (root == null || !root.isObject()) {
            throw new IllegalArgumentException("a seccomp profile is a JSON object");
        }
        // The whole bundle's config.json is what people have at hand.
        JsonNode inner = root.path("linux").path("seccomp");
        return profile(name, inner.isObject() ? inner : root);
    }

    private static SeccompProfile profile(String name, JsonNode root) {
        known(root, FIELDS, "");
        if (root.has("listenerPath") && !root.get("listenerPath").asText().isEmpty()) {
            throw new IllegalArgumentException("listenerPath: calls are decided by Confinement.onSyscall here");
        }
        int defaultErrno = errno(root, EPERM, "default");
        SeccompAction otherwise = action(root, "defaultAction", defaultErrno, "defaultAction");
        List<SeccompRule> rules = new ArrayList<>();
        JsonNode calls = list(root, "syscalls", "syscalls");
        for (int i = 0; i < calls.size(); i++) {
            rules.addAll(rule(calls.get(i), "syscalls[" + i + "]"));
        }
        Set<SeccompFlag> flags = EnumSet.noneOf(SeccompFlag.class);
        for (JsonNode flag : list(root, "flags", "flags")) {
            Set<SeccompFlag> value = FLAGS.get(flag.asText());
            if (value == null) {
                throw new IllegalArgumentException("flags: \"" + flag.asText() + "\" is none of " + FLAGS.keySet());
            }
            flags.addAll(value);
        }
        // What the writer of an allow-list can't have known is to look like a kernel without it.
        SeccompAction unknown = otherwise.error().isPresent() ? SeccompAction.errno(ENOSYS) : otherwise;
        return SeccompProfile.of(name, otherwise, unknown, rules, flags);
    }

    private static void known(JsonNode node, Set<String> fields, String where) {
        node.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                throw new IllegalArgumentException(
                        (where.isEmpty() ? "" : where + ": ") + "unknown field \"" + field + "\"");
            }
        });
    }

    private static List<SeccompRule> rule(JsonNode node, String where) {
        if (!node.isObject()) {
            throw new IllegalArgumentException(where + ": not an object");
        }
        known(node, RULE_FIELDS, where);
        List<String> names = new ArrayList<>();
        list(node, "names", where + ".names").forEach(n -> names.add(text(n, where + ".names")));
        if (node.has("name") && !node.get("name").asText().isEmpty()) {
            names.add(text(node.get("name"), where + ".name"));
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException(where + ": no names");
        }
        SeccompAction action = action(node, "action", errno(node, EPERM, where), where + ".action");
        SeccompCondition when = circumstances(node, "includes", where, node.path("minKernel"));
        SeccompCondition unless = circumstances(node, "excludes", where, null);
        List<SyscallArgument> tests = new ArrayList<>();
        JsonNode args = list(node, "args", where + ".args");
        for (int i = 0; i < args.size(); i++) {
            tests.add(test(args.get(i), where + ".args[" + i + "]"));
        }
        List<SeccompRule> rules = new ArrayList<>();
        if (repeats(tests)) {
            // runc makes a rule of each condition then, and profiles rely on it.
            tests.forEach(test -> rules.add(new SeccompRule(names, action, List.of(test), when, unless)));
        } else {
            rules.add(new SeccompRule(names, action, tests, when, unless));
        }
        return rules;
    }

    static boolean repeats(List<SyscallArgument> tests) {
        Set<Integer> seen = new HashSet<>();
        return !tests.stream().allMatch(test -> seen.add(test.index()));
    }

    private static SyscallArgument test(JsonNode node, String where) {
        long index = number(node, "index", where);
        if (index < 0 || index > INDEX_MAX) {
            throw new IllegalArgumentException(where + ".index: " + index + " is not 0 to " + INDEX_MAX);
        }
        long value = number(node, "value", where);
        long two = node.has("valueTwo") ? number(node, "valueTwo", where) : 0;
        String op = text(node.path("op"), where + ".op");
        Comparison comparison =
                switch (op) {
                    case "SCMP_CMP_NE" -> Comparison.NOT_EQUAL;
                    case "SCMP_CMP_LT" -> Comparison.LESS;
                    case "SCMP_CMP_LE" -> Comparison.LESS_OR_EQUAL;
                    case "SCMP_CMP_EQ" -> Comparison.EQUAL;
                    case "SCMP_CMP_GE" -> Comparison.GREATER_OR_EQUAL;
                    case "SCMP_CMP_GT" -> Comparison.GREATER;
                    case "SCMP_CMP_MASKED_EQ" -> Comparison.MASKED_EQUAL;
                    default -> throw new IllegalArgumentException(where + ".op: unknown comparison \"" + op + "\"");
                };
        return comparison == Comparison.MASKED_EQUAL
                ? new SyscallArgument((int) index, comparison, two, value)
                : new SyscallArgument((int) index, comparison, value, -1L);
    }

    private static long number(JsonNode node, String field, String where) {
        JsonNode value = node.path(field);
        if (!value.isIntegralNumber()
                || value.bigIntegerValue().bitLength() > Long.SIZE
                || value.bigIntegerValue().signum() < 0) {
            throw new IllegalArgumentException(where + "." + field + ": not a number of 64 bits");
        }
        return value.bigIntegerValue().longValue();
    }

    private static int errno(JsonNode node, int otherwise, String where) {
        boolean ofDefault = where.equals("default");
        // Podman writes the name beside the number, and goes by the name: numbers differ between architectures.
        String nameField = ofDefault ? "defaultErrno" : "errno";
        JsonNode name = node.path(nameField);
        if (!name.isMissingNode()
                && !name.isNull()
                && !(name.isTextual() && name.asText().isEmpty())) {
            return Errno.named(text(name, where + "." + nameField))
                    .orElseThrow(() -> new IllegalArgumentException(
                            where + "." + nameField + ": unknown error \"" + name.asText() + "\""))
                    .number();
        }
        String field = ofDefault ? "defaultErrnoRet" : "errnoRet";
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.canConvertToInt() || value.asInt() < 0 || value.asInt() > ERRNO_MAX) {
            throw new IllegalArgumentException(where + "." + field + ": not an error number");
        }
        return value.asInt();
    }

    private static SeccompAction action(JsonNode node, String field, int errno, String where) {
        String name = text(node.path(field), where);
        return switch (name) {
            case "SCMP_ACT_ALLOW" -> SeccompAction.allow();
            case "SCMP_ACT_ERRNO" -> SeccompAction.errno(errno);
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> SeccompAction.killThread();
            case "SCMP_ACT_KILL_PROCESS" -> SeccompAction.killProcess();
            case "SCMP_ACT_TRAP" -> SeccompAction.trap();
            case "SCMP_ACT_LOG" -> SeccompAction.log();
            case "SCMP_ACT_NOTIFY" -> SeccompAction.askHost();
            case "SCMP_ACT_TRACE" ->
                throw new IllegalArgumentException(where + ": SCMP_ACT_TRACE needs a tracer, and there is none");
            default -> throw new IllegalArgumentException(where + ": unknown action \"" + name + "\"");
        };
    }

    /** A list, which may be missing or null: an empty one then. */
    private static JsonNode list(JsonNode node, String field, String where) {
        JsonNode list = node.path(field);
        if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
            throw new IllegalArgumentException(where + ": not a list");
        }
        return list;
    }

    private static String text(JsonNode node, String where) {
        if (!node.isTextual()) {
            throw new IllegalArgumentException(where + ": " + (node.isMissingNode() ? "missing" : "not a text"));
        }
        return node.asText();
    }

    private static SeccompCondition circumstances(
            JsonNode rule, String field, String where, @Nullable JsonNode kernel) {
        JsonNode node = rule.path(field);
        String at = where + "." + field;
        if (!node.isMissingNode() && !node.isNull()) {
            // Anything else would read as a rule without a condition.
            if (!node.isObject()) {
                throw new IllegalArgumentException(at + ": not an object");
            }
            known(node, Set.of("caps", "arches", "minKernel"), at);
        }
        Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
        list(node, "caps", at + ".caps").forEach(cap -> capabilities.add(capability(text(cap, at + ".caps"), at)));
        Set<String> arches = new HashSet<>();
        list(node, "arches", at + ".arches").forEach(arch -> arches.add(text(arch, at + ".arches")));
        JsonNode version = node.has("minKernel") ? node.get("minKernel") : kernel;
        String min = version == null || version.isMissingNode() || version.isNull()
                ? null
                : text(version, at + ".minKernel");
        if (min != null) {
            KernelVersion.parse(min);
        }
        return new SeccompCondition(capabilities, arches, Optional.ofNullable(min));
    }

    private static Capability capability(String name, String where) {
        return Arrays.stream(Capability.values())
                .filter(c -> ("CAP_" + c.name()).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(where + ".caps: unknown capability \"" + name + "\""));
    }
}
