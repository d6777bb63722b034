package dev.sandjar.internal.bpf;

import dev.sandjar.internal.bpf.Assembler.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Lays decisions out as one program: the architecture first, then a balanced search by number over ranges of calls with the same
 * decision, then the arguments. What needs no argument loads none, so that the kernel can cache it by number.
 */
final class FilterProgram {
    /** BPF_MAXINSNS. */
    static final int MAX = 4_096;

    private static final int X32 = 0x40000000;

    private FilterProgram() {}

    private record Range(int from, Decision decision) {}

    /**
     * @param foreign for other architectures
     * @param x32 for numbers with the bit of x32, and above
     */
    static byte[] of(Decisions decisions, Machine machine, int foreign, int x32) {
        List<Instruction> body = new ArrayList<>();
        body.add(Assembler.load(Assembler.NUMBER));
        if (machine.hasX32()) {
            body.add(Assembler.branch(Assembler.IF_AT_LEAST, X32, 0, 1));
            body.add(Assembler.give(x32));
        }
        body.addAll(search(ranges(decisions)));
        List<Instruction> program = new ArrayList<>();
        program.add(Assembler.load(Assembler.ARCHITECTURE));
        program.add(Assembler.branch(Assembler.IF_EQUAL, machine.audit(), 1, 0));
        program.add(Assembler.give(foreign));
        program.addAll(body);
        if (program.size() > MAX) {
            throw new FilterTooLargeException(program.size(), MAX);
        }
        return Assembler.encode(program);
    }

    private static List<Range> ranges(Decisions decisions) {
        List<Range> ranges = new ArrayList<>();
        Decision unknown = Decision.always(decisions.unknown());
        int next = 0;
        for (Map.Entry<Integer, Decision> call : decisions.calls().entrySet()) {
            if (call.getKey() > next) {
                add(ranges, next, unknown);
            }
            add(ranges, call.getKey(), call.getValue());
            next = call.getKey() + 1;
        }
        add(ranges, next, unknown);
        return ranges;
    }

    private static void add(List<Range> ranges, int from, Decision decision) {
        if (ranges.isEmpty() || !ranges.get(ranges.size() - 1).decision().equals(decision)) {
            ranges.add(new Range(from, decision));
        }
    }

    private static List<Instruction> search(List<Range> ranges) {
        if (ranges.size() == 1) {
            return Assembler.decision(ranges.get(0).decision());
        }
        int middle = ranges.size() / 2;
        List<Instruction> below = search(ranges.subList(0, middle));
        List<Instruction> above = search(ranges.subList(middle, ranges.size()));
        List<Instruction> out = new ArrayList<>(below.size() + above.size() + 2);
        int pivot = ranges.get(middle).from();
        if (below.size() <= Assembler.FAR) {
            out.add(Assembler.branch(Assembler.IF_AT_LEAST, pivot, below.size(), 0));
        } else {
            out.add(Assembler.branch(Assembler.IF_AT_LEAST, pivot, 0, 1));
            out.add(Assembler.jump(below.size()));
        }
        out.addAll(below);
        out.addAll(above);
        return out;
    }
}
