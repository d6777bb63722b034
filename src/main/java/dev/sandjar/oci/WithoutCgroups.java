package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.UnsupportedIsolationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Tells those who can't have cgroups which parts of a configuration ask for them. */
final class WithoutCgroups {
    /** What asks for a limit and, as a rule, for nothing else. */
    private static final Map<String, List<String>> FIELDS = Map.ofEntries(
            field(Limit.MEMORY, "memory/limit"),
            field(Limit.MEMORY_LOW, "memory/reservation"),
            field(Limit.SWAP, "memory/swap"),
            field(Limit.CPU, "cpu/quota"),
            field(Limit.CPU_WEIGHT, "cpu/shares"),
            field(Limit.CPU_BURST, "cpu/burst"),
            field(Limit.CPUSET_CPUS, "cpu/cpus"),
            field(Limit.CPUSET_MEMS, "cpu/mems"),
            field(Limit.PIDS, "pids"),
            field(Limit.IO_WEIGHT, "blockIO/weight"),
            field(
                    Limit.IO,
                    "blockIO/weightDevice",
                    "blockIO/throttleReadBpsDevice",
                    "blockIO/throttleWriteBpsDevice",
                    "blockIO/throttleReadIOPSDevice",
                    "blockIO/throttleWriteIOPSDevice"),
            field(Limit.HUGETLB, "hugepageLimits"),
            field(Limit.DEVICES, "devices"));

    private WithoutCgroups() {}

    private static Map.Entry<String, List<String>> field(Limit limit, String... fields) {
        return Map.entry(
                limit.label(),
                Arrays.stream(fields).map(field -> "/linux/resources/" + field).toList());
    }

    static UnsupportedIsolationException explained(UnsupportedIsolationException e, OciBundle bundle)
            throws IOException {
        List<String> places = places(bundle, e);
        if (e.isolation().filter(Isolation.CGROUP_LIMITS::equals).isEmpty() || places.isEmpty()) {
            return e;
        }
        UnsupportedIsolationException explained = new UnsupportedIsolationException(
                Isolation.CGROUP_LIMITS,
                e.step(),
                e.systemCall().orElse(null),
                e.path().orElse(null),
                e.errno(),
                e.reason(),
                e.remedy() + "; or, if it may do without, OciBundle.loadIgnoring(directory, "
                        + String.join(", ", places) + ")");
        explained.initCause(e);
        return explained;
    }

    private static List<String> places(OciBundle bundle, UnsupportedIsolationException e) throws IOException {
        JsonNode json = bundle.json;
        List<String> alone = FIELDS.getOrDefault(e.step(), List.of()).stream()
                .filter(pointer -> !json.at(pointer).isMissingNode())
                .map(pointer -> '"' + pointer + '"')
                .toList();
        return alone.isEmpty() || !hasOthers(bundle) ? all(json) : alone;
    }

    /** Whether there are cgroups here that carry other limits. */
    private static boolean hasOthers(OciBundle bundle) throws IOException {
        return bundle.sandbox().explain().entries().stream()
                .anyMatch(entry -> entry.outcome() == AppliedPolicy.Outcome.ENFORCED
                        && Arrays.stream(Limit.values())
                                .anyMatch(limit -> entry.request().startsWith(limit.label())));
    }

    private static List<String> all(JsonNode json) {
        List<String> places = new ArrayList<>();
        JsonNode mounts = json.path("mounts");
        for (int i = 0; i < mounts.size(); i++) {
            if (mounts.get(i).path("type").asText().startsWith("cgroup")) {
                places.add("\"/mounts/" + i + "\"");
            }
        }
        for (String field : List.of("cgroupsPath", "resources")) {
            if (json.path("linux").has(field)) {
                places.add("\"/linux/" + field + "\"");
            }
        }
        return places;
    }
}
