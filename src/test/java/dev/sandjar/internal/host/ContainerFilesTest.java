package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the doctor prints for containers; src/test/scripts/in-containers runs it. */
class ContainerFilesTest {
    private static final Path PROFILE = Path.of("src/main/resources/dev/sandjar/container-seccomp.json");
    private static final Path RECIPES = Path.of("src/main/resources/dev/sandjar/containers.txt");
    /** What a container has no business with, and engines refuse too. */
    private static final int REFUSED_MIN = 30;

    @Test
    void theProfileKnowsEveryCallOnce() throws Exception {
        JsonNode lists = new ObjectMapper().readTree(PROFILE.toFile()).get("syscalls");
        Set<String> allowed = names(lists.get(0));
        Set<String> refused = names(lists.get(1));
        assertEquals("SCMP_ACT_ALLOW", lists.get(0).get("action").asText());
        assertEquals("SCMP_ACT_ERRNO", lists.get(1).get("action").asText());
        assertTrue(refused.size() >= REFUSED_MIN, refused::toString);
        assertTrue(
                refused.containsAll(List.of("bpf", "init_module", "kexec_load", "io_uring_setup", "reboot")),
                refused::toString);
        Set<String> all = new TreeSet<>(allowed);
        all.addAll(refused);
        Set<String> known = new TreeSet<>();
        for (Machine machine : List.of(Machine.values())) {
            known.addAll(SyscallTable.of(machine).names().values());
        }
        assertEquals(known, all);
        assertEquals(all.size(), allowed.size() + refused.size());
        for (String call : Containers.CALLS.split(", ", -1)) {
            assertTrue(allowed.contains(call), call);
        }
        assertTrue(SeccompProfile.fromJson(PROFILE).rules().size() >= 2);
    }

    private static Set<String> names(JsonNode list) {
        Set<String> names = new HashSet<>();
        list.get("names").forEach(name -> names.add(name.asText()));
        return names;
    }

    /** The page has each recipe as it is printed. */
    @Test
    void thePageHasTheRecipes() throws Exception {
        String page = Files.readString(Path.of("docs/running.md"));
        String text = Files.readString(RECIPES);
        for (String start : List.of("docker run", "podman run", "services:", "apiVersion:")) {
            String from = text.substring(text.indexOf("\n" + start) + 1);
            String recipe = from.substring(0, from.indexOf("\n\n"));
            assertTrue(page.contains(recipe), recipe);
        }
    }
}
