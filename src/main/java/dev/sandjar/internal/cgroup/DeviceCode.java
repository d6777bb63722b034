package dev.sandjar.internal.cgroup;

import dev.sandjar.linux.DeviceRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Assembles the program that decides about devices. It gets {@code struct bpf_cgroup_dev_ctx {u32 access_type; u32 major;
 * u32 minor}} in r1 and answers 1 to allow, 0 to refuse; the low half of access_type is the type, the high half what is
 * asked for.
 */
final class DeviceCode {
    static final int INSTRUCTION_BYTES = 8;

    private static final int LOAD_WORD = 0x61;
    private static final int MOVE = 0xbf;
    private static final int MOVE_NUMBER = 0xb7;
    private static final int MOVE_32 = 0xbc;
    private static final int AND_32 = 0x54;
    private static final int SHIFT_RIGHT_32 = 0x74;
    private static final int JUMP_NOT_EQUAL_NUMBER = 0x55;
    private static final int JUMP_NOT_EQUAL = 0x5d;
    private static final int EXIT = 0x95;

    private static final int R0 = 0;
    private static final int R1 = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;
    private static final int SCRATCH = 6;

    private static final int TYPE_BLOCK = 1;
    private static final int TYPE_CHARACTER = 2;
    private static final int ACCESS_MAKE = 1;
    private static final int ACCESS_READ = 2;
    private static final int ACCESS_WRITE = 4;
    private static final int ACCESS_ALL = ACCESS_MAKE | ACCESS_READ | ACCESS_WRITE;

    private record Instruction(int code, int target, int source, int offset, int number) {}

    private final List<Instruction> code = new ArrayList<>();

    private DeviceCode() {}

    static byte[] of(List<DeviceRule> rules) {
        DeviceCode program = new DeviceCode();
        program.add(LOAD_WORD, TYPE, R1, 0, 0);
        program.add(MOVE_32, ACCESS, TYPE, 0, 0);
        program.add(AND_32, TYPE, 0, 0, 0xffff);
        program.add(SHIFT_RIGHT_32, ACCESS, 0, 0, 16);
        program.add(LOAD_WORD, MAJOR, R1, 4, 0);
        program.add(LOAD_WORD, MINOR, R1, 8, 0);
        rules.forEach(program::rule);
        program.answer(0);
        return program.encode();
    }

    private void rule(DeviceRule rule) {
        List<Instruction> body = new ArrayList<>();
        // It is for one type, so that there always is something to look at: the kernel refuses programs with
        // instructions that
        // are never reached.
        body.add(new Instruction(JUMP_NOT_EQUAL_NUMBER, TYPE, 0, 0, type(rule.type())));
        int allowed = access(rule.access());
        if (allowed != ACCESS_ALL) {
            body.add(new Instruction(MOVE, SCRATCH, ACCESS, 0, 0));
            body.add(new Instruction(AND_32, SCRATCH, 0, 0, allowed));
            body.add(new Instruction(JUMP_NOT_EQUAL, SCRATCH, ACCESS, 0, 0));
        }
        number(body, MAJOR, rule.major());
        number(body, MINOR, rule.minor());
        int end = body.size() + 2;
        for (int i = 0; i < body.size(); i++) {
            Instruction in = body.get(i);
            boolean jump = in.code == JUMP_NOT_EQUAL_NUMBER || in.code == JUMP_NOT_EQUAL;
            code.add(jump ? new Instruction(in.code, in.target, in.source, end - i - 1, in.number) : in);
        }
        answer(1);
    }

    private static void number(List<Instruction> body, int register, OptionalInt value) {
        value.ifPresent(number -> body.add(new Instruction(JUMP_NOT_EQUAL_NUMBER, register, 0, 0, number)));
    }

    private void answer(int value) {
        add(MOVE_NUMBER, R0, 0, 0, value);
        add(EXIT, 0, 0, 0, 0);
    }

    private void add(int operation, int target, int source, int offset, int number) {
        code.add(new Instruction(operation, target, source, offset, number));
    }

    private static int type(char type) {
        return switch (type) {
            case 'b' -> TYPE_BLOCK;
            case 'c' -> TYPE_CHARACTER;
            default -> throw new IllegalArgumentException("no device type '" + type + "'");
        };
    }

    private static int access(String access) {
        int bits = 0;
        for (int i = 0; i < access.length(); i++) {
            bits |= switch (access.charAt(i)) {
                case 'r' -> ACCESS_READ;
                case 'w' -> ACCESS_WRITE;
                case 'm' -> ACCESS_MAKE;
                default -> throw new IllegalArgumentException("no device access \"" + access + '"');
            };
        }
        return bits;
    }

    private byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(code.size() * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        boolean little = out.order() == ByteOrder.LITTLE_ENDIAN;
        for (Instruction in : code) {
            int registers = little ? in.source << 4 | in.target : in.target << 4 | in.source;
            out.put((byte) in.code)
                    .put((byte) registers)
                    .putShort((short) in.offset)
                    .putInt(in.number);
        }
        return out.array();
    }
}
