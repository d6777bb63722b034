package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.Isolation;
import dev.sandjar.UnsupportedIsolationException;
import java.util.ArrayList;
import java.util.List;

/** Tells those who can't have cgroups which parts of a configuration ask for them. */
final class WithoutCgroups {
    private WithoutCgroups() {}

    static UnsupportedIsolationException explained(UnsupportedIsolationException e, OciBundle bundle) {
        List<String> places = places(bundle.json);
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

    private static List<String> places(JsonNode json) {
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
