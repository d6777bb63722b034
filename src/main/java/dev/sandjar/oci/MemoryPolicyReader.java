package dev.sandjar.oci;

import dev.sandjar.linux.MemoryPolicy;
import dev.sandjar.linux.MemoryPolicy.Flag;
import dev.sandjar.linux.MemoryPolicy.Mode;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** From which memory nodes a container gets memory (config-linux.md, "Memory policy"). */
final class MemoryPolicyReader {
    private static final String MODE = "MPOL_";
    private static final String FLAG = "MPOL_F_";

    private MemoryPolicyReader() {}

    static void read(Draft draft, JsonAt policy) throws InvalidBundleException {
        policy.knowing("mode", "nodes", "flags");
        JsonAt mode = policy.required("mode");
        String name = mode.text();
        Mode chosen = Arrays.stream(Mode.values())
                .filter(each -> (MODE + each.name()).equals(name))
                .findFirst()
                .orElseThrow(() -> mode.refused("is no memory policy of Linux"));
        Set<Integer> nodes = new TreeSet<>();
        Optional<JsonAt> list = policy.filled("nodes");
        if (list.isPresent()) {
            for (int node : ResourceReader.numbers(list.get(), list.get().text())) {
                nodes.add(node);
            }
        }
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (JsonAt flag : policy.list("flags")) {
            String flagName = flag.text();
            flags.add(Arrays.stream(Flag.values())
                    .filter(each -> (FLAG + each.name()).equals(flagName))
                    .findFirst()
                    .orElseThrow(() -> flag.refused("is no flag of memory policies")));
        }
        MemoryPolicy memory = policy.checked(() -> new MemoryPolicy(chosen, nodes, flags));
        draft.builder.process(p -> p.memoryPolicy(memory));
    }
}
