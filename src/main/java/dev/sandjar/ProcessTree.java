package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * @param commandLine the arguments, the program's name first; empty for a process that has ended but was not yet waited for. Of a long
 *     one only the beginning, see {@link SandboxProcess#processes()}
 * @param children processes that it started, or that it adopted
 */
public record ProcessTree(
        long pid, long sandboxPid, String name, List<String> commandLine, List<ProcessTree> children) {
    private static final int LABEL_MAX = 200;
    /** Deeper levels stand below each other. */
    private static final int INDENT_MAX = 120;

    /**
     * Copies the lists.
     *
     * @param pid process id on the host
     * @param sandboxPid process id inside
     * @param name what {@code /proc/PID/comm} holds
     * @param commandLine the arguments
     * @param children processes below it
     */
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
        return walk().stream().map(Node::process);
    }

    /** As {@code pstree -p -a} shows it, with the id inside in front and the host's in brackets; control characters are escaped. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Node node : walk()) {
            ProcessTree process = node.process();
            text.append(node.prefix())
                    .append(process.sandboxPid)
                    .append(" [")
                    .append(process.pid)
                    .append("] ");
            text.append(process.label()).append('\n');
        }
        return text.toString();
    }

    private String label() {
        String words = commandLine.isEmpty() ? "(" + name + ")" : String.join(" ", commandLine);
        return Printable.line(words.length() <= LABEL_MAX ? words : words.substring(0, LABEL_MAX) + "...");
    }

    /** @param below what stands before the lines of its children */
    private record Node(ProcessTree process, String prefix, String below) {}

    /** Not recursive, because a sandbox decides how deep its tree is. */
    private List<Node> walk() {
        List<Node> nodes = new ArrayList<>();
        Deque<Node> open = new ArrayDeque<>();
        open.push(new Node(this, "", ""));
        while (!open.isEmpty()) {
            Node node = open.pop();
            nodes.add(node);
            List<ProcessTree> below = node.process().children;
            for (int i = below.size() - 1; i >= 0; i--) {
                boolean last = i == below.size() - 1;
                String indent = node.below();
                boolean flat = indent.length() >= INDENT_MAX;
                open.push(new Node(
                        below.get(i),
                        indent + (last ? "└─ " : "├─ "),
                        flat ? indent : indent + (last ? "   " : "│  ")));
            }
        }
        return nodes;
    }
}
