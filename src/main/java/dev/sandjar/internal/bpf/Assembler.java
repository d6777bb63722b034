package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SyscallArgument;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Classic BPF instructions as {@code struct sock_filter} has them, and the pieces that filters on system calls are made of. */
final class Assembler {
    static final int LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
    static final int JUMP = 0x05; // BPF_JMP | BPF_JA
    static final int IF_EQUAL = 0x15;
    static final int IF_GREATER = 0x25;
    static final int IF_AT_LEAST = 0x35;
    static final int RETURN = 0x06; // BPF_RET | BPF_K
    static final int NUMBER = 0;
    static final int ARCHITECTURE = 4;
    static final int SIZE = 8;
    /** Conditional jumps have one byte for the way. */
    static final int FAR = 255;

    private static final int ARGUMENTS = 16;
    /** Instructions of one test. */
    private static final int TEST_MAX = 6;

    private Assembler() {}

    /** How many instructions to skip if the condition holds, and if it does not. */
    record Instruction(int code, int yes, int no, int value) {}

    static Instruction load(int offset) {
        return new Instruction(LOAD, 0, 0, offset);
    }

    static Instruction give(int action) {
        return new Instruction(RETURN, 0, 0, action);
    }

    static Instruction branch(int code, int value, int yes, int no) {
        if (yes > FAR || no > FAR) {
            throw new IllegalStateException("a conditional jump over " + Math.max(yes, no) + " instructions");
        }
        return new Instruction(code, yes, no, value);
    }

    static Instruction jump(int over) {
        return new Instruction(JUMP, 0, 0, over);
    }

    /** A list of branches, to be entered at its first instruction. */
    static List<Instruction> decision(Decision decision) {
        List<Instruction> out = new ArrayList<>();
        for (Decision.Branch branch : decision.branches()) {
            List<Instruction> body = new ArrayList<>();
            body.add(give(branch.action()));
            List<SyscallArgument> tests = branch.tests();
            for (int i = tests.size() - 1; i >= 0; i--) {
                List<Instruction> whole;
                if (body.size() + TEST_MAX <= FAR) {
                    whole = test(tests.get(i), body.size());
                } else {
                    // Too far for the test itself: it skips one jump or takes the other.
                    whole = test(tests.get(i), 1);
                    whole.add(jump(1));
                    whole.add(jump(body.size()));
                }
                whole.addAll(body);
                body = whole;
            }
            out.addAll(body);
        }
        out.add(give(decision.otherwise()));
        return out;
    }

    /** Falls through to the next instruction if the test passes, else skips {@code rest} instructions behind itself. */
    private static List<Instruction> test(SyscallArgument test, int rest) {
        int low = ARGUMENTS + 8 * test.index();
        int high = low + 4;
        int lowValue = (int) test.value();
        int highValue = (int) (test.value() >>> 32);
        List<Instruction> out = new ArrayList<>();
        switch (test.comparison()) {
            case EQUAL -> {
                out.add(load(high));
                out.add(branch(IF_EQUAL, highValue, 0, 2 + rest));
                out.add(load(low));
                out.add(branch(IF_EQUAL, lowValue, 0, rest));
            }
            case NOT_EQUAL -> {
                out.add(load(high));
                out.add(branch(IF_EQUAL, highValue, 0, 2));
                out.add(load(low));
                out.add(branch(IF_EQUAL, lowValue, rest, 0));
            }
            case MASKED_EQUAL -> {
                out.addAll(masked(high, (int) (test.mask() >>> 32), highValue));
                int lowMask = (int) test.mask();
                List<Instruction> second = masked(low, lowMask, lowValue);
                if (!out.isEmpty()) {
                    int index = out.size() - 1;
                    out.set(index, branch(IF_EQUAL, highValue, 0, second.size() + rest));
                }
                if (!second.isEmpty()) {
                    second.set(second.size() - 1, branch(IF_EQUAL, lowValue, 0, rest));
                }
                out.addAll(second);
            }
            case GREATER -> ordered(out, high, low, highValue, IF_GREATER, lowValue, true, rest);
            case GREATER_OR_EQUAL -> ordered(out, high, low, highValue, IF_AT_LEAST, lowValue, true, rest);
            case LESS_OR_EQUAL -> ordered(out, high, low, highValue, IF_GREATER, lowValue, false, rest);
            case LESS -> ordered(out, high, low, highValue, IF_AT_LEAST, lowValue, false, rest);
        }
        return out;
    }

    /** Load, mask, and a comparison that the caller aims; nothing where every value passes. */
    private static List<Instruction> masked(int offset, int mask, int value) {
        List<Instruction> out = new ArrayList<>();
        if (mask == 0 && value == 0) {
            return out;
        }
        out.add(load(offset));
        if (mask != -1) {
            out.add(new Instruction(AND, 0, 0, mask));
        }
        out.add(branch(IF_EQUAL, value, 0, 0));
        return out;
    }

    /** 64-bit order by two halves; {@code wanted} false turns the answer round. */
    private static void ordered(
            List<Instruction> out, int high, int low, int highValue, int code, int lowValue, boolean wanted, int rest) {
        out.add(load(high));
        out.add(branch(IF_GREATER, highValue, wanted ? 3 : 3 + rest, 0));
        out.add(branch(IF_EQUAL, highValue, 0, wanted ? 2 + rest : 2));
        out.add(load(low));
        out.add(branch(code, lowValue, wanted ? 0 : rest, wanted ? rest : 0));
    }

    static byte[] encode(List<Instruction> program) {
        ByteBuffer out = ByteBuffer.allocate(program.size() * SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (Instruction i : program) {
            out.putShort((short) i.code())
                    .put((byte) i.yes())
                    .put((byte) i.no())
                    .putInt(i.value());
        }
        return out.array();
    }
}
