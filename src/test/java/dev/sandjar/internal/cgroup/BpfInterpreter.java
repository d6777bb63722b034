package dev.sandjar.internal.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs the few BPF instructions that device programs have, and like the kernel's verifier refuses all others. */
final class BpfInterpreter {
    private final ByteBuffer code;

    BpfInterpreter(byte[] code) {
        this.code = ByteBuffer.wrap(code).order(ByteOrder.nativeOrder());
    }

    long run(int... context) {
        long[] registers = new long[11];
        for (int at = 0; ; at++) {
            int operation = code.get(at * 8) & 0xff;
            int both = code.get(at * 8 + 1) & 0xff;
            boolean little = code.order() == ByteOrder.LITTLE_ENDIAN;
            int target = little ? both & 15 : both >> 4;
            int source = little ? both >> 4 : both & 15;
            int offset = code.getShort(at * 8 + 2);
            int number = code.getInt(at * 8 + 4);
            if (offset < 0) {
                throw new IllegalStateException("a loop");
            }
            switch (operation) {
                case 0x61 -> registers[target] = context[offset / 4] & 0xffffffffL;
                case 0xbf -> registers[target] = registers[source];
                case 0xbc -> registers[target] = registers[source] & 0xffffffffL;
                case 0xb7 -> registers[target] = number;
                case 0x54 -> registers[target] = registers[target] & number & 0xffffffffL;
                case 0x74 -> registers[target] = (registers[target] & 0xffffffffL) >>> number;
                case 0x55 -> at += registers[target] != number ? offset : 0;
                case 0x5d -> at += registers[target] != registers[source] ? offset : 0;
                case 0x95 -> {
                    return registers[0];
                }
                default -> throw new IllegalStateException("operation " + operation);
            }
        }
    }
}
