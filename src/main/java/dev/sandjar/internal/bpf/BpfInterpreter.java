package dev.sandjar.internal.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/** Says what a filter returns for a call, by running its instructions as the kernel would ({@code linux/filter.h}). */
public final class BpfInterpreter {
    private static final int DATA_SIZE = 64;
    private static final int ARGUMENTS = 16;
    /** Number and architecture come first. */
    private static final int HEADER = 8;

    private BpfInterpreter() {}

    /**
     * @param program struct sock_filter[]
     * @param arguments up to six; the rest is zero
     * @return SECCOMP_RET_* with its data
     * @throws IllegalArgumentException for a program that the kernel would not take either
     */
    public static int run(byte[] program, int number, int architecture, List<Long> arguments) {
        ByteBuffer data = data(number, architecture);
        for (int i = 0; i < arguments.size(); i++) {
            data.putLong(ARGUMENTS + 8 * i, arguments.get(i));
        }
        return run(program, data, offset -> true).orElseThrow();
    }

    /**
     * What it returns whatever the other arguments are, and wherever the call comes from.
     *
     * @param known arguments by their place, from 0 on
     * @return SECCOMP_RET_* with its data; empty where the filter looks at more than the number, the architecture and what is known
     * @throws IllegalArgumentException for a program that the kernel would not take either
     */
    public static OptionalInt runAny(byte[] program, int number, int architecture, Map<Integer, Long> known) {
        ByteBuffer data = data(number, architecture);
        known.forEach((place, value) -> data.putLong(ARGUMENTS + 8 * place, value));
        return run(
                program,
                data,
                offset -> offset < HEADER
                        || (offset >= ARGUMENTS && known.containsKey((offset - ARGUMENTS) / Long.BYTES)));
    }

    private static ByteBuffer data(int number, int architecture) {
        ByteBuffer data = ByteBuffer.allocate(DATA_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        return data.putInt(0, number).putInt(4, architecture);
    }

    /** Empty where it loads from elsewhere than {@code known} offsets. */
    private static OptionalInt run(byte[] program, ByteBuffer data, IntPredicate known) {
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        int accumulator = 0;
        int at = 0;
        while (at >= 0 && at < program.length / Assembler.SIZE) {
            int base = at * Assembler.SIZE;
            int value = code.getInt(base + 4);
            int yes = code.get(base + 2) & 0xff;
            int no = code.get(base + 3) & 0xff;
            at++;
            switch (code.getShort(base)) {
                case Assembler.LOAD -> {
                    if (!known.test(value)) {
                        return OptionalInt.empty();
                    }
                    accumulator = data.getInt(value);
                }
                case Assembler.AND -> accumulator &= value;
                case Assembler.JUMP -> at += value;
                case Assembler.IF_EQUAL -> at += accumulator == value ? yes : no;
                case Assembler.IF_GREATER -> at += Integer.compareUnsigned(accumulator, value) > 0 ? yes : no;
                case Assembler.IF_AT_LEAST -> at += Integer.compareUnsigned(accumulator, value) >= 0 ? yes : no;
                case Assembler.RETURN -> {
                    return OptionalInt.of(value);
                }
                default ->
                    throw new IllegalArgumentException(
                            "instruction " + (at - 1) + " has code 0x" + Integer.toHexString(code.getShort(base)));
            }
        }
        throw new IllegalArgumentException("the program ends without a return");
    }
}
