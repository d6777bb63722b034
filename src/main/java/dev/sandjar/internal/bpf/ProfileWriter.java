package dev.sandjar.internal.bpf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Capability;
import dev.sandjar.internal.policy.ArgumentTest;
import dev.sandjar.internal.policy.ArgumentTest.Comparison;
import dev.sandjar.internal.policy.Circumstances;
import dev.sandjar.internal.policy.FilterPolicy;
import dev.sandjar.internal.policy.FilterRule;
import java.math.BigInteger;
import java.util.Arrays;

/** Writes profiles in the format that {@link ProfileJson} reads. */
public final class ProfileWriter {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int LOG = 2;
    private static final int SPEC_ALLOW = 4;

    private ProfileWriter() {}

    public static String write(FilterPolicy policy) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("defaultAction", action(policy.defaultAction()));
        if (Returns.isErrno(policy.defaultAction())) {
            root.put("defaultErrnoRet", Returns.data(policy.defaultAction()));
        }
        ArrayNode architectures = root.putArray("architectures");
        Arrays.stream(Machine.values()).forEach(machine -> architectures.add(machine.scmpName()));
        if (policy.flags() != 0) {
            ArrayNode flags = root.putArray("flags");
            if ((policy.flags() & LOG) != 0) {
                flags.add("SECCOMP_FILTER_FLAG_LOG");
            }
            if ((policy.flags() & SPEC_ALLOW) != 0) {
                flags.add("SECCOMP_FILTER_FLAG_SPEC_ALLOW");
            }
        }
        ArrayNode rules = root.putArray("syscalls");
        policy.rules().forEach(rule -> write(rules.addObject(), rule));
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(ObjectNode out, FilterRule rule) {
        if (ProfileJson.repeats(rule.tests())) {
            throw new IllegalStateException(
                    "the rule for " + rule.names()
                            + " has several conditions on one argument, all of which have to hold; in JSON any one of them would do");
        }
        ArrayNode names = out.putArray("names");
        rule.names().forEach(names::add);
        out.put("action", action(rule.action()));
        if (Returns.isErrno(rule.action())) {
            out.put("errnoRet", Returns.data(rule.action()));
        }
        if (!rule.tests().isEmpty()) {
            ArrayNode args = out.putArray("args");
            rule.tests().forEach(test -> write(args.addObject(), test));
        }
        write(out, "includes", rule.when());
        write(out, "excludes", rule.unless());
    }

    private static void write(ObjectNode out, ArgumentTest test) {
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

    private static void write(ObjectNode out, String field, Circumstances circumstances) {
        if (circumstances.isEmpty()) {
            return;
        }
        ObjectNode node = out.putObject(field);
        if (!circumstances.capabilities().isEmpty()) {
            ArrayNode caps = node.putArray("caps");
            Arrays.stream(Capability.values())
                    .filter(c -> circumstances.capabilities().contains(c.number()))
                    .forEach(c -> caps.add("CAP_" + c.name()));
        }
        if (!circumstances.architectures().isEmpty()) {
            ArrayNode arches = node.putArray("arches");
            circumstances.architectures().stream().sorted().forEach(arches::add);
        }
        if (circumstances.minKernel() != null) {
            node.put("minKernel", circumstances.minKernel());
        }
    }

    static String action(int value) {
        return switch (Returns.action(value)) {
            case Returns.ALLOW -> "SCMP_ACT_ALLOW";
            case Returns.ERRNO -> "SCMP_ACT_ERRNO";
            case Returns.KILL_PROCESS -> "SCMP_ACT_KILL_PROCESS";
            case Returns.KILL_THREAD -> "SCMP_ACT_KILL_THREAD";
            case Returns.TRAP -> "SCMP_ACT_TRAP";
            case Returns.LOG -> "SCMP_ACT_LOG";
            case Returns.USER_NOTIF -> "SCMP_ACT_NOTIFY";
            default -> throw new IllegalArgumentException("0x" + Integer.toHexString(value) + " is no action");
        };
    }
}
