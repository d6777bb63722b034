package dev.sandjar.internal.bpf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Capability;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompCondition;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallArgument.Comparison;
import java.math.BigInteger;
import java.util.Arrays;

/** Writes profiles in the format that {@link ProfileJson} reads. */
public final class ProfileWriter {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ProfileWriter() {}

    public static String write(SeccompProfile policy) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("defaultAction", action(policy.defaultAction()));
        policy.defaultAction().error().ifPresent(error -> root.put("defaultErrnoRet", error));
        ArrayNode architectures = root.putArray("architectures");
        Arrays.stream(Machine.values()).forEach(machine -> architectures.add(machine.scmpName()));
        if (!policy.flags().isEmpty()) {
            ArrayNode flags = root.putArray("flags");
            policy.flags().stream().sorted().forEach(flag -> flags.add("SECCOMP_FILTER_FLAG_" + flag));
        }
        ArrayNode rules = root.putArray("syscalls");
        policy.rules().forEach(rule -> write(rules.addObject(), rule));
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(ObjectNode out, SeccompRule rule) {
        if (ProfileJson.repeats(rule.arguments())) {
            throw new IllegalStateException(
                    "the rule for " + rule.names()
                            + " has several conditions on one argument, all of which have to hold; in JSON any one of them would do");
        }
        ArrayNode names = out.putArray("names");
        rule.names().forEach(names::add);
        out.put("action", action(rule.action()));
        rule.action().error().ifPresent(error -> out.put("errnoRet", error));
        if (!rule.arguments().isEmpty()) {
            ArrayNode args = out.putArray("args");
            rule.arguments().forEach(test -> write(args.addObject(), test));
        }
        write(out, "includes", rule.when());
        write(out, "excludes", rule.unless());
    }

    private static void write(ObjectNode out, SyscallArgument test) {
        boolean masked = test.comparison() == Comparison.MASKED_EQUAL;
        out.put("index", test.index());
        out.put("value", unsigned(masked ? test.mask() : test.value()));
        if (masked) {
            out.put("valueTwo", unsigned(test.value()));
        }
        out.put(
                "op",
                switch (test.comparison()) {
                    case NOT_EQUAL -> "SCMP_CMP_NE";
                    case LESS -> "SCMP_CMP_LT";
                    case LESS_OR_EQUAL -> "SCMP_CMP_LE";
                    case EQUAL -> "SCMP_CMP_EQ";
                    case GREATER_OR_EQUAL -> "SCMP_CMP_GE";
                    case GREATER -> "SCMP_CMP_GT";
                    case MASKED_EQUAL -> "SCMP_CMP_MASKED_EQ";
                });
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    private static void write(ObjectNode out, String field, SeccompCondition circumstances) {
        if (circumstances.isNone()) {
            return;
        }
        ObjectNode node = out.putObject(field);
        if (!circumstances.capabilities().isEmpty()) {
            ArrayNode caps = node.putArray("caps");
            Arrays.stream(Capability.values())
                    .filter(circumstances.capabilities()::contains)
                    .forEach(c -> caps.add("CAP_" + c.name()));
        }
        if (!circumstances.architectures().isEmpty()) {
            ArrayNode arches = node.putArray("arches");
            circumstances.architectures().stream().sorted().forEach(arches::add);
        }
        circumstances.minKernel().ifPresent(kernel -> node.put("minKernel", kernel));
    }

    private static String action(SeccompAction action) {
        return switch (action.kind()) {
            case ALLOW -> "SCMP_ACT_ALLOW";
            case ERRNO -> "SCMP_ACT_ERRNO";
            case KILL_PROCESS -> "SCMP_ACT_KILL_PROCESS";
            case KILL_THREAD -> "SCMP_ACT_KILL_THREAD";
            case TRAP -> "SCMP_ACT_TRAP";
            case LOG -> "SCMP_ACT_LOG";
            case ASK_HOST -> "SCMP_ACT_NOTIFY";
        };
    }
}
