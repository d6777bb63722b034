package dev.sandjar.internal.cgroup;

import dev.sandjar.linux.DeviceRule;
import java.util.Arrays;
import java.util.List;

/** Instructions of type BPF_PROG_TYPE_CGROUP_DEVICE, which decide about devices on v2 ({@code bpf(2)}). */
public final class DeviceProgram {
    private final byte[] instructions;

    private DeviceProgram(byte[] instructions) {
        this.instructions = instructions;
    }

    /** Allows what a rule allows, and nothing else. */
    public static DeviceProgram allowing(List<DeviceRule> rules) {
        return new DeviceProgram(DeviceCode.of(rules));
    }

    /** Eight bytes for each instruction, in the byte order of this machine. */
    public byte[] bytes() {
        return instructions.clone();
    }

    public int instructionCount() {
        return instructions.length / DeviceCode.INSTRUCTION_BYTES;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceProgram program && Arrays.equals(instructions, program.instructions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(instructions);
    }

    @Override
    public String toString() {
        return instructionCount() + " instructions";
    }
}
