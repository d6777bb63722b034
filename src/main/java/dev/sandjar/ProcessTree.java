package dev.sandjar;

import dev.sandjar.internal.Printable;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * One process of a sandbox and the processes below it, as they were at one moment. Names and arguments are what the
 * processes say of themselves and may be lies.
 *
 * @param pid process id on the host
 * @param sandboxPid process id inside; the same as {@code pid} without a PID namespace
 * @param name what {@code /proc/PID/comm} holds, at most 15 bytes
 * @param commandLine the arguments, the program's name first; empty for a process that has ended but was not yet waited for
 * @param children processes that it started, or that it adopted
 */
public record ProcessTree(
        long pid, long sandboxPid, String name, List<String> commandLine, List<ProcessTree> children) {
    /** Copies the lists. */
    public ProcessTree {
        Objects.requireNonNull(name, "name");
        commandLine = List.copyOf(commandLine);
        children = List.copyOf(children);
    }

    /**
     * This process and all below it.
     *
     * @return each process once, a parent before its children
     */
    public Stream<ProcessTree> stream() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(ProcessTree::stream));
    }

    /** As {@code pstree -p -a} shows it, with the id inside in front and the host's in brackets; control characters are escaped. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text, "", "");
        return text.toString();
    }

    private void append(StringBuilder text, String first, String rest) {
        text.append(first).append(sandboxPid).append(" [").append(pid).append("] ");
        text.append(Printable.line(commandLine.isEmpty() ? "(" + name + ")" : String.join(" ", commandLine)));
        text.append('\n');
        for (int i = 0; i < children.size(); i++) {
            boolean last = i == children.size() - 1;
            children.get(i).append(text, rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
        }
    }
}
