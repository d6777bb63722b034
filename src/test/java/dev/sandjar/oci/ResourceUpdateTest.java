package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.internal.protocol.WireReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What limits become that change while a container runs. */
class ResourceUpdateTest {
    private static final String CONFIG =
            """
            {"ociVersion": "1.0.2", "linux": {"resources":
              {"memory": {"limit": 1000, "swap": 2000}, "cpu": {"quota": 500, "period": 1000}, "pids": {"limit": 7}}}}""";

    private record Updated(JsonNode resources, List<String> v1, List<String> v2) {}

    private static Updated update(String resources) throws Exception {
        byte[] answer =
                ResourceUpdate.of(CONFIG.getBytes(StandardCharsets.UTF_8), resources.getBytes(StandardCharsets.UTF_8));
        WireReader in = new WireReader(answer, 0, answer.length);
        assertEquals(1, in.i32());
        assertEquals(2, in.i32());
        JsonNode config = Schema.tree(new String(in.blob(), StandardCharsets.UTF_8));
        int count = in.i32();
        List<String> v1 = new ArrayList<>();
        List<String> v2 = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            v1.add(in.str() + "=" + in.str());
            v2.add(in.str() + "=" + in.str());
        }
        in.end();
        v1.removeIf("="::equals);
        v2.removeIf("="::equals);
        return new Updated(config.at("/linux/resources"), v1, v2);
    }

    @Test
    void onlyWhatIsNamedChanges() throws Exception {
        Updated updated = update("{\"pids\": {\"limit\": 9}}");
        assertEquals(List.of("pids.max=9"), updated.v1());
        assertEquals(List.of("pids.max=9"), updated.v2());
        assertEquals(9, updated.resources().at("/pids/limit").asInt());
        assertEquals(1000, updated.resources().at("/memory/limit").asInt());
    }

    @Test
    void nothingAndZeroChangeNothing() throws Exception {
        Updated updated = update(
                "{\"memory\":{\"limit\":0,\"swap\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\",\"mems\":\"\"},"
                        + "\"pids\":null,\"blockIO\":{\"weight\":0},\"devices\":null}");
        assertEquals(List.of(), updated.v1());
        assertEquals(List.of(), updated.v2());
        assertEquals(Schema.tree(CONFIG).at("/linux/resources"), updated.resources());
    }

    @Test
    void memoryAndSwapAreCountedAsEachVersionDoes() throws Exception {
        Updated updated = update("{\"memory\":{\"limit\":3000,\"swap\":5000,\"reservation\":100}}");
        assertEquals(
                List.of(
                        "memory.limit_in_bytes=3000",
                        "memory.memsw.limit_in_bytes=5000",
                        "memory.soft_limit_in_bytes=100"),
                updated.v1());
        assertEquals(List.of("memory.max=3000", "memory.swap.max=2000", "memory.low=100"), updated.v2());
        updated = update("{\"memory\":{\"limit\":-1}}");
        assertEquals(List.of("memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"), updated.v1());
        assertEquals(List.of("memory.max=max", "memory.swap.max=max"), updated.v2());
        assertEquals(
                List.of("memory.swap.max=500"),
                update("{\"memory\":{\"swap\":1500}}").v2());
        assertTrue(assertThrows(InvalidBundleException.class, () -> update("{\"memory\":{\"swap\":500}}"))
                .getMessage()
                .contains("/memory/swap"));
    }

    @Test
    void processorTimeIsOneFileInVersion2() throws Exception {
        Updated updated = update("{\"cpu\":{\"quota\":250,\"shares\":2,\"cpus\":\"0-1\"}}");
        assertEquals(
                List.of("cpu.shares=2", "cpu.cfs_period_us=1000", "cpu.cfs_quota_us=250", "cpuset.cpus=0-1"),
                updated.v1());
        assertEquals(List.of("cpu.weight=1", "cpu.max=250 1000"), updated.v2());
        assertEquals(
                List.of("cpu.max=max 1000"), update("{\"cpu\":{\"quota\":-1}}").v2());
        assertEquals(
                List.of("cpu.max=500 2000"),
                update("{\"cpu\":{\"period\":2000}}").v2());
    }

    @Test
    void whatCannotBeIsRefusedWithItsPlace() {
        for (String bad : List.of(
                "{\"pids\":{\"Limit\":1}}",
                "{\"memory\":{\"limit\":-2}}",
                "{\"cpu\":{\"cpus\":\"a\"}}",
                "{\"unified\":{\"../x\":\"1\"}}",
                "{\"hugepageLimits\":[{\"pageSize\":\"/\",\"limit\":1}]}",
                "{\"network\":{\"classID\":1}}",
                "[]",
                "{")) {
            assertThrows(InvalidBundleException.class, () -> update(bad), bad);
        }
    }
}
