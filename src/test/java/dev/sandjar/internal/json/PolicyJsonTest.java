package dev.sandjar.internal.json;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxListener;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.image.Tars;
import dev.sandjar.internal.intercept.Authorities;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Header;
import dev.sandjar.seccomp.SyscallResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies that are written as JSON and read back, and texts that are none. */
class PolicyJsonTest {
    private static final String START = "{\"version\":1,";

    private static Sandbox copy(Sandbox sandbox) {
        return copy(sandbox.toJson());
    }

    private static Sandbox copy(String json) {
        return read(json).build();
    }

    private static SandboxBuilder read(String json) {
        try {
            return SandboxBuilder.fromJson(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long allocatedForReading(int variables) {
        Map<String, String> environment = new TreeMap<>();
        for (int i = 0; i < variables; i++) {
            environment.put("VARIABLE_" + i, "value");
        }
        String json = Sandbox.builder().env(environment).build().toJson();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count what a thread allocates");
        long before = threads.getCurrentThreadAllocatedBytes();
        SandboxBuilder builder = read(json);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(variables, builder.build().process().environment().size());
        return allocated;
    }

    /** Nothing is copied for each entry: four times as many would take sixteen times as much. */
    @Test
    void fourTimesAsManyVariablesTakeFourTimesAsMuchToRead() {
        allocatedForReading(1000);
        long some = allocatedForReading(5000);
        long more = allocatedForReading(20_000);
        assertTrue(more < 6 * some, more + " bytes, after " + some);
        assertTrue(more / 20_000 < 2000, more / 20_000 + " bytes for a variable of some twenty");
    }

    /** Each of these is added to a copy of those before it. */
    @Test
    void moreThanAPlanCanHoldIsRefused() {
        StringBuilder sysctls = new StringBuilder();
        StringBuilder files = new StringBuilder();
        for (int i = 0; i < 1025; i++) {
            sysctls.append(i == 0 ? "" : ",").append("\"net/x" + i + "\":\"1\"");
            files.append(i == 0 ? "" : ",").append("\"memory.x" + i + "\":\"1\"");
        }
        String parameters = START + "\"namespaces\":{\"sysctls\":{" + sysctls + "}}}";
        refuses(() -> copy(parameters), "number of kernel parameters is 1025");
        String limits = START + "\"limits\":{\"cgroupFiles\":{" + files + "}}}";
        refuses(() -> copy(limits), "number of cgroup files is 1025");
    }

    /** A new call of the builder or of one of its groups is tried too; one that JSON does not have fails here. */
    @TestFactory
    List<DynamicTest> everyCall() {
        return BuilderCalls.all().stream()
                .map(call -> DynamicTest.dynamicTest(call.name(), () -> {
                    List<Sandbox> made = call.sandboxes();
                    assertFalse(made.isEmpty(), "no sample argument makes a difference: add one to BuilderCalls");
                    for (Sandbox sandbox : made) {
                        String json = sandbox.toJson();
                        Sandbox copy = copy(json);
                        assertEquals(sandbox, copy, json);
                        assertEquals(json, copy.toJson());
                        assertEquals(sandbox.limits().presets(), copy.limits().presets());
                        assertEquals(sandbox.bounds().presets(), copy.bounds().presets());
                        assertSamePlan(sandbox, copy, json);
                    }
                }))
                .toList();
    }

    /** But for what differs from plan to plan of one policy: whose turn a processor is, and how long the host has been up. */
    private static void assertSamePlan(Sandbox one, Sandbox other, String message) {
        boolean same = one.namespaces().clockStart().isEmpty()
                && one.process().processors().isEmpty();
        if (same) {
            assertEquals(Plans.outcome(one), Plans.outcome(other), message);
        }
    }

    private static Sandbox fixed(Sandbox sandbox) {
        return sandbox.toBuilder()
                .process(p -> p.cpuAffinity(0))
                .timeNamespace()
                .build();
    }

    @Test
    void presetsStayPresets() {
        for (SandboxBuilder builder : List.of(
                Sandbox.untrusted(), Sandbox.hermetic(), Sandbox.untrusted().name("a"))) {
            Sandbox sandbox = builder.build();
            Sandbox copy = copy(sandbox);
            assertEquals(sandbox, copy);
            assertEquals(sandbox.name(), copy.name());
            assertEquals(changed(sandbox), changed(copy));
            assertSamePlan(fixed(sandbox), fixed(copy), "");
        }
        assertNotEquals(Sandbox.untrusted().build(), copy(Sandbox.hermetic().build()));
    }

    private static Sandbox changed(Sandbox sandbox) {
        return sandbox.toBuilder()
                .rootfs(RootFs.tmpfs(DataSize.mebibytes(1)))
                .tmpfs("/tmp", DataSize.mebibytes(1))
                .pidsLimit(9)
                .build();
    }

    @Test
    void whatIsCodeIsRefusedByName() {
        refusesState(
                () -> Sandbox.builder()
                        .confinement(c -> c.onSyscall("connect", call -> SyscallResponse.proceed()))
                        .build()
                        .toJson(),
                "/confinement/handlers",
                "connect");
        refusesState(
                () -> Sandbox.builder()
                        .listener(new SandboxListener() {})
                        .build()
                        .toJson(),
                "listener");
        refusesState(
                () -> Sandbox.builder()
                        .network(Network.loopback().decide(connection -> null))
                        .build()
                        .toJson(),
                "/namespaces/network/decider");
        refusesState(
                () -> Sandbox.builder()
                        .network(Network.loopback().listener(event -> {}))
                        .build()
                        .toJson(),
                "/namespaces/network/listener");
        refusesState(
                () -> Sandbox.builder()
                        .network(Network.loopback().resolver(name -> List.of()))
                        .build()
                        .toJson(),
                "/namespaces/network/resolver");
        refusesState(
                () -> Sandbox.builder()
                        .network(Network.loopback().requestListener(event -> {}))
                        .build()
                        .toJson(),
                "/namespaces/network/requestListener");
        EgressRule secret = EgressRule.allow("api.example.org", 443).credential(Header.bearer(() -> "never written"));
        refusesState(
                () -> Sandbox.builder().network(Network.egress(secret)).build().toJson(),
                "/namespaces/network/credentials");
    }

    /** Which are data; their plans differ by the authority that each has. */
    @Test
    void rulesForRequestsAreWritten() throws Exception {
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(new Authorities(Network.egress(
                                EgressRule.allow("api.example.org", 443).allowRequests("GET", "/**")))
                        .current()
                        .files()
                        .contents()
                        .get("/etc/sandjar/ca.pem")));
        EgressRule rule = EgressRule.allow("api.example.org", 443)
                .allowRequests("GET", "/v1/**", "/v2")
                .allowRequests("*", "/v3")
                .trusting(certificate);
        Sandbox sandbox = Sandbox.builder().network(Network.egress(rule)).build();
        Sandbox copy = copy(sandbox);
        assertEquals(sandbox, copy);
        assertEquals(List.of(rule), copy.namespaces().network().rules().egress());
    }

    @Test
    void bytesThatAreNoTextAreBase64() {
        byte[] name = {'/', 'a', (byte) 0xff};
        Sandbox sandbox = Sandbox.untrusted()
                .bind(PathBytes.path(name), "/a")
                .file("/zero", new byte[] {0, 1}, 0600)
                .file("/text", "ä\n")
                .rootfs(RootFs.tmpfs(DataSize.mebibytes(1)))
                .build();
        String json = sandbox.toJson();
        assertTrue(json.contains("{\n      \"base64\" : \"L2H/\"\n    }"), json);
        assertTrue(json.contains("\"content\" : \"ä\\n\""), json);
        Sandbox copy = copy(json);
        assertEquals(sandbox, copy);
        MountEntry.Bind bind = copy.mounts().entries().stream()
                .filter(MountEntry.Bind.class::isInstance)
                .map(MountEntry.Bind.class::cast)
                .findFirst()
                .orElseThrow();
        assertEquals(new String(name, StandardCharsets.ISO_8859_1), latin(PathBytes.of(bind.source())));
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void isReadable() {
        assertEquals(
                Sandbox.builder()
                        .user(1, 2, 3)
                        .memoryLimit(DataSize.mebibytes(64))
                        .build(),
                copy(START + "\"user\":{\"uid\":1,\"gid\":2,\"groups\":[3]},\"limits\":{\"memory\":\"64 MiB\"}}"));
        assertEquals(
                Sandbox.builder().allowDegraded(Isolation.LANDLOCK).build(),
                copy(START + "\"allowDegraded\":[\"LANDLOCK\"]}"));
    }

    /** What the guide shows is what is written, to the letter. */
    @Test
    void theGuideShowsAPolicy() throws IOException {
        String page = Files.readString(Path.of("docs/guides/policies.md"));
        String block = page.substring(page.indexOf("```json\n") + 8);
        String json = block.substring(0, block.indexOf("```"));
        assertEquals(json, copy(json).toJson());
    }

    @Test
    void whatIsWrongIsToldWithItsPlace() {
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("\"limit\":{}}", "/limit: unknown field; there are [accounting, "),
                Map.entry("\"limits\":{\"memori\":1}}", "/limits/memori: unknown field"),
                Map.entry("\"limits\":{\"memory\":64}}", "/limits/memory: not a string"),
                Map.entry("\"limits\":{\"memory\":\"1 B\"}}", "/limits/memory: "),
                Map.entry("\"limits\":{\"pids\":0}}", "/limits/pids: process limit is 0"),
                Map.entry("\"limits\":{\"pids\":1e3}}", "/limits/pids: not an integer"),
                Map.entry("\"limits\":{\"cpus\":1e999}}", "/limits/cpus: CPU limit is Infinity"),
                Map.entry("\"limits\":{\"pids\":99999999999999999999}}", "/limits/pids: is 99999999999999999999"),
                Map.entry("\"limits\":{\"presets\":[\"PIDS\"]}}", "/limits/presets: names something that is not set"),
                Map.entry("\"limits\":{\"pids\":1,\"pids\":1}}", "/limits/pids: is there twice"),
                Map.entry("\"process\":{\"umask\":512}}", "/process/umask: "),
                Map.entry("\"process\":{\"umask\":4294967296}}", "/process/umask: is 4294967296, allowed is "),
                Map.entry("\"process\":{\"environment\":{\"A=\":\"1\"}}}", "/process: environment variable name"),
                Map.entry("\"mounts\":{}}", "/mounts: not a list"),
                Map.entry("\"mounts\":[{\"kind\":\"bind\"}]}", "/mounts/0/source: is missing"),
                Map.entry("\"mounts\":[{\"kind\":\"drive\"}]}", "/mounts/0/kind: \"drive\" is none of ["),
                Map.entry("\"mounts\":[{\"kind\":\"mqueue\",\"target\":\"a\"}]}", "/mounts/0: "),
                Map.entry(
                        "\"mounts\":[{\"kind\":\"bind\",\"source\":\"a\",\"target\":\"/a\"}]}",
                        "/mounts/0/source: a path of the host has to be absolute"),
                Map.entry(
                        "\"mounts\":[{\"kind\":\"bind\",\"source\":{\"base64\":\"*\"},\"target\":\"/a\"}]}",
                        "/mounts/0/source/base64: "),
                Map.entry(
                        "\"mounts\":[{\"kind\":\"proc\"},{\"kind\":\"proc\"}]}",
                        "/mounts: mount target \"/proc\" is used twice"),
                Map.entry("\"bounds\":{\"timeout\":\"1 s\"}}", "/bounds/timeout: "),
                Map.entry("\"warm\":17}", "/warm: "),
                Map.entry("\"name\":\" \"}", "/name: "),
                Map.entry("\"name\":null}", "/name: not a string"),
                Map.entry("\"confinement\":{\"handlers\":{}}}", "/confinement/handlers: unknown field"),
                Map.entry("\"confinement\":{\"seccomp\":\"lax\"}}", "/confinement/seccomp: \"lax\" is none of "),
                Map.entry("\"confinement\":{\"landlock\":{}}}", "/confinement/landlock: these rules restrict nothing"),
                Map.entry(
                        "\"namespaces\":{\"network\":\"loopback\"}}",
                        "/namespaces/network: loopback does not go with that choice"),
                Map.entry("\"rootfs\":{\"kind\":\"tmpfs\",\"size\":\"0 B\"}}", "/rootfs: size of the root"));
        wrong.forEach((rest, message) -> refuses(() -> read(START + rest), message));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "{}", "{\"version\":2}", "{\"version\":\"1\"}", "{\"version\":1}x", "{\"version\":1"})
    void whatIsNoPolicyIsRefused(String text) {
        refuses(() -> read(text));
    }

    /** Who has the library on a module path could not name another. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "{\"version\":2}", START + "\"warm\":17}", START + "\"limits\":{\"pids\":0}}"})
    void whatIsThrownIsOfTheJdk(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SandboxBuilder.fromJson(text));
        for (Throwable each = e; each != null; each = each.getCause()) {
            assertFalse(each.getClass().getName().startsWith("dev.sandjar."), each.toString());
        }
    }

    @Test
    void whatIsThrownOnWritingIsOfTheJdkToo() {
        Sandbox sandbox = Sandbox.builder()
                .confinement(c -> c.onSyscall("connect", call -> SyscallResponse.proceed()))
                .build();
        Throwable e = assertThrows(IllegalStateException.class, sandbox::toJson);
        for (; e != null; e = e.getCause()) {
            assertFalse(e.getClass().getName().startsWith("dev.sandjar."), e.toString());
        }
    }

    /** The store is looked into when the text is read: what the image says is in the builder again, with what was changed of it. */
    @Test
    void anImageIsFoundAgainInItsStore(@TempDir Path directory) throws IOException {
        ImageStore store = ImageStore.open(directory.resolve("store"))
                .withLimits(ImageLimits.defaults().withEntries(1000));
        String config =
                "{\"Env\":[\"A=image\",\"B=image\"],\"WorkingDir\":\"/srv\",\"User\":\"7:8\",\"StopSignal\":\"SIGINT\"}";
        Image image = store.load(Tars.image(directory.resolve("layout"), config));
        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.image(image).copied(true))
                .env("B", "changed")
                .build();
        String json = sandbox.toJson();
        Sandbox copy = copy(json);
        assertEquals(sandbox, copy, json);
        assertEquals(json, copy.toJson());
        assertEquals(
                Map.of("A", "image", "B", "changed"),
                new TreeMap<>(copy.process().environment()).subMap("A", "C"));
        RootFs.Layered root = (RootFs.Layered) copy.rootfs();
        assertEquals(image.id(), root.image().id());
        assertEquals(1000, root.image().limits().entries());

        refuses(() -> read(json.replace(image.id(), "alpine")), "/rootfs/image/id: \"alpine\" is not a digest");
        String other = "sha256:" + "0".repeat(64);
        IOException gone =
                assertThrows(IOException.class, () -> SandboxBuilder.fromJson(json.replace(image.id(), other)));
        assertTrue(gone.getMessage().contains(other), gone.getMessage());
    }

    @Test
    void nothingIsNotJson() {
        refuses(() -> read(""), "not JSON: it ends too early");
        refuses(() -> read(" \n"), "not JSON: it ends too early");
    }

    @Test
    void deepAndLongTextsAreRefused() {
        refuses(() -> read(START + "\"mounts\":" + "[".repeat(100_000)), "nesting depth");
        refuses(() -> read(START + "\"name\":\"" + "x".repeat(13 << 20) + "\"}"), "not JSON");
        refuses(() -> read(START + " ".repeat(25 << 20) + "}"), "more than 25165824 bytes");
        refuses(() -> read(START + "\"mounts\":[" + "1,".repeat(1_000_001) + "1]}"), "not JSON");
    }
}
