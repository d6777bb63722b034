package dev.sandjar.docs;

import static dev.sandjar.docs.ReferenceRow.of;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Capability;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.MountOption;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.network.EgressRule;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.ImaginedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The columns "needs" and "degrades to" of docs/reference.md are what the planner decides. */
class ReferenceTest {
    private static final Path PAGE = Path.of("docs/reference.md");
    private static final Path SHARE = Path.of("/usr/share");
    private static final Set<Isolation> ALL = Set.of(Isolation.values());
    private static final Map<String, List<ReferenceRow>> ROWS = new LinkedHashMap<>();
    private static final String HOST_SOCKETS = "network(Network.host()) of a preset";
    /** Rows that no plan decides, and what does. */
    private static final Map<String, String> NOT_OF_PLANS = Map.of(
            "namespaces(n -> n.join(kind, path))", "setns(2) when a sandbox starts",
            "network(Network.namespace(path))", "setns(2) when a sandbox starts",
            "Network.cni(configuration)", "plugins when a sandbox starts",
            "resource limits", "prlimit(2) when a sandbox starts");

    static {
        row("userNamespace()", of(Isolation.USER_NAMESPACE, SandboxBuilder::userNamespace));
        row(
                "userNamespace(IdMapping.range(...))",
                new ReferenceRow(
                        b -> b.userNamespace(IdMapping.range(1000)),
                        Isolation.ID_RANGE,
                        ImaginedHost.USER,
                        ImaginedHost.SINGLE_ID));
        row("pidNamespace()", of(Isolation.PID_NAMESPACE, SandboxBuilder::pidNamespace));
        row("mountNamespace()", of(Isolation.MOUNT_NAMESPACE, ReferenceTest::root));
        row("networkNamespace()", of(Isolation.NETWORK_NAMESPACE, SandboxBuilder::networkNamespace));
        row("network(Network.none())", of(Isolation.NETWORK_NAMESPACE, b -> b.network(Network.none())));
        row(
                "Network.loopback().publish(...), .hostPort(...)",
                rights(b -> b.network(Network.loopback().publish(8080))),
                rights(b -> b.network(Network.loopback().hostPort(5432))));
        row(
                "Network.egress(...), .allow(name, ports)",
                rights(b ->
                        b.rootfs(RootFs.hostReadOnly()).network(Network.egress(EgressRule.allow("example.org", 443)))),
                rights(b -> b.rootfs(RootFs.hostReadOnly())
                        .network(Network.loopback().allow("example.org", 80))));
        row(
                "ipcNamespace(), utsNamespace(name)",
                of(Isolation.IPC_NAMESPACE, SandboxBuilder::ipcNamespace),
                of(Isolation.UTS_NAMESPACE, b -> b.utsNamespace("name")));
        row("cgroupNamespace()", of(Isolation.CGROUP_NAMESPACE, SandboxBuilder::cgroupNamespace));
        row("timeNamespace()", of(Isolation.TIME_NAMESPACE, SandboxBuilder::timeNamespace));
        row(
                "namespaces(n -> n.noNestedUserNamespaces())",
                of(Isolation.NO_NESTED_USER_NAMESPACES, b -> b.userNamespace()
                        .namespaces(n -> n.noNestedUserNamespaces())));
        row(
                "user(uid, gid, groups)",
                new ReferenceRow(
                        b -> b.userNamespace().user(1000, 1000, 5),
                        Isolation.SUPPLEMENTARY_GROUPS,
                        ImaginedHost.ROOT,
                        ImaginedHost.SINGLE_ID));
        row(
                "keepCapabilities(...)",
                new ReferenceRow(
                        b -> b.keepCapabilities(Capability.NET_ADMIN),
                        null,
                        ImaginedHost.ROOT,
                        ImaginedHost.WITHOUT_RIGHTS));
        row("rootfs(RootFs.hostReadOnly())", of(Isolation.MOUNT_NAMESPACE, ReferenceTest::root));
        row("rootfs(RootFs.overlay(...)), RootFs.image(...)", of(Isolation.OVERLAY_ROOT, b -> b.mountNamespace()
                .rootfs(RootFs.overlay(SHARE))));
        row(
                "bind, bindReadOnly to the same path",
                of(Isolation.MOUNT_NAMESPACE, b -> root(b).bind(SHARE, "/usr/share")),
                of(Isolation.MOUNT_NAMESPACE, b -> root(b).bindReadOnly(SHARE, "/usr/share")));
        row("bind, bindReadOnly to another path", none(b -> root(b).bind(SHARE, "/other")));
        row("MountOption.IDMAPPED", of(Isolation.IDMAPPED_BINDS, b -> root(b).userNamespace(IdMapping.range(1000))
                .bind(SHARE, "/share", MountOption.IDMAPPED)));
        row("tmpfs(target, size)", of(Isolation.MOUNT_NAMESPACE, b -> root(b).tmpfs("/t", DataSize.mebibytes(1))));
        row("file, symlink", none(b -> root(b).file("/f", "text")), none(b -> root(b).symlink("/f", "text")));
        row(
                "mask, mounts(m -> m.maskKernelPaths())",
                of(Isolation.MOUNT_NAMESPACE, b -> root(b).mask("/boot")),
                of(Isolation.MOUNT_NAMESPACE, b -> root(b).mounts(m -> m.maskKernelPaths())));
        row("private /proc", of(Isolation.PRIVATE_PROC, b -> root(b).pidNamespace()
                .mounts(m -> m.proc())));
        row("private /dev, pseudo-terminals", of(Isolation.PRIVATE_DEVPTS, b -> root(b).mounts(m -> m.dev())));
        row("message queues", of(Isolation.MQUEUE, b -> root(b).ipcNamespace().mounts(m -> m.mqueue("/queues"))));
        row("memoryLimit", of(Isolation.CGROUP_LIMITS, b -> b.memoryLimit(DataSize.mebibytes(64))));
        row(
                "cpuLimit, weights, sets",
                of(Isolation.CGROUP_LIMITS, b -> b.cpuLimit(0.5)),
                of(Isolation.CGROUP_LIMITS, b -> b.limits(l -> l.cpuWeight(50))));
        row(
                "pidsLimit",
                new ReferenceRow(
                        b -> b.pidsLimit(5),
                        Isolation.CGROUP_LIMITS,
                        ImaginedHost.USER,
                        ImaginedHost.USER.without(Set.of(Isolation.CGROUP_LIMITS))));
        row(
                "bounds(b -> b.cpuTime(...))",
                of(Isolation.CGROUP_LIMITS, b -> b.bounds(r -> r.cpuTime(Duration.ofSeconds(1)))));
        row("timeout, bounds(b -> b.grace(...).stopSignal(...))", none(b -> b.timeout(Duration.ofSeconds(1))
                .bounds(r -> r.grace(Duration.ofMillis(100)))));
        row("outputLimit", none(b -> b.outputLimit(DataSize.mebibytes(1))));
        row("seccomp(profile)", of(Isolation.SECCOMP, b -> b.seccomp(SeccompProfile.standard())));
        row(
                "confinement(c -> c.onSyscall(name, handler))",
                of(
                        Isolation.SECCOMP,
                        b -> b.confinement(c -> c.onSyscall("mkdir", call -> SyscallResponse.proceed()))));
        row("confinement(c -> c.recordDenials(true))", of(Isolation.SECCOMP, b -> b.seccomp(SeccompProfile.standard())
                .confinement(c -> c.recordDenials(true))));
        row(
                "landlock(rules)",
                new ReferenceRow(
                        b -> b.landlock(Landlock.builder().read("/usr").build()),
                        Isolation.LANDLOCK,
                        ImaginedHost.ROOT,
                        ImaginedHost.BEFORE_LANDLOCK));
        row("no new privileges", none(b -> b));
        row("no inherited descriptors", none(b -> b));
        row("session keyring of its own", of(Isolation.SESSION_KEYRING, b -> b.process(p -> p.newKeyring(true))));
        row(
                "confinement(c -> c.mitigateSpeculation(true))",
                of(Isolation.SPECULATION_CONTROL, b -> b.confinement(c -> c.mitigateSpeculation(true))));
        row(
                "confinement(c -> c.coreScheduling(true))",
                of(Isolation.CORE_SCHEDULING, b -> b.confinement(c -> c.coreScheduling(true))));
    }

    private static SandboxBuilder root(SandboxBuilder builder) {
        return builder.mountNamespace().rootfs(RootFs.hostReadOnly());
    }

    private static ReferenceRow none(UnaryOperator<SandboxBuilder> call) {
        return new ReferenceRow(
                call, null, ImaginedHost.ROOT, ImaginedHost.WITHOUT_RIGHTS.without(without(Isolation.SECCOMP)));
    }

    private static ReferenceRow rights(UnaryOperator<SandboxBuilder> call) {
        return new ReferenceRow(call, null, ImaginedHost.ROOT, ImaginedHost.WITHOUT_RIGHTS);
    }

    private static Set<Isolation> without(Isolation... given) {
        return ALL.stream().filter(each -> !List.of(given).contains(each)).collect(Collectors.toSet());
    }

    private static void row(String call, ReferenceRow... policies) {
        ROWS.put(call, List.of(policies));
    }

    private record Cells(String call, String needs, String degrades) {}

    private static List<Cells> cells() throws IOException {
        List<Cells> cells = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            String[] parts = line.split(" *[|] *");
            if (parts.length == 5 && !parts[1].equals("call") && !parts[1].startsWith("---")) {
                cells.add(new Cells(parts[1].replace("`", ""), parts[3], parts[4]));
            }
        }
        return cells;
    }

    @Test
    void everyRowIsCheckedHere() throws IOException {
        Set<String> expected = new TreeSet<>(ROWS.keySet());
        expected.addAll(NOT_OF_PLANS.keySet());
        expected.add(HOST_SOCKETS);
        assertEquals(expected, cells().stream().map(Cells::call).collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The isolations in a cell are those that are refused by themselves, and that allowDegraded gives up. */
    @Test
    void whatDegradesIsNamed() throws IOException {
        for (Cells row : cells()) {
            List<ReferenceRow> policies = ROWS.getOrDefault(row.call(), List.of());
            if (policies.isEmpty()) {
                continue;
            }
            Set<String> named = policies.stream()
                    .map(ReferenceRow::isolation)
                    .filter(Objects::nonNull)
                    .map(Isolation::name)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(isolations(row.degrades()), named, row.call());
            for (ReferenceRow policy : policies) {
                Isolation isolation = policy.isolation();
                if (isolation == null) {
                    continue;
                }
                Resolution refused = policy.on(policy.lacking());
                assertTrue(refused.refusal() != null, row.call() + " is not refused");
                assertEquals(isolation, refused.refusal().isolation().orElse(null), row.call());
                Resolution allowed = policy.on(policy.lacking(), isolation);
                assertNull(allowed.refusal(), row.call());
                String cell = Arrays.stream(row.degrades().split(";"))
                        .filter(part -> part.contains(isolation.name()))
                        .findFirst()
                        .orElse(row.degrades());
                standsIn(row.call(), cell, allowed);
            }
        }
    }

    /** What stands in for it is what the explanation says. */
    private static void standsIn(String call, String cell, Resolution allowed) {
        List<Entry> degraded = allowed.explanation().entries().stream()
                .filter(entry -> entry.outcome() == Outcome.DEGRADED)
                .toList();
        assertTrue(!degraded.isEmpty(), call);
        String told = allowed.explanation().entries().stream()
                .map(entry -> entry.mechanism().replace("landlock_restrict_self", "Landlock"))
                .collect(Collectors.joining("\n"));
        for (Map.Entry<String, String> word : Map.of("filter", "seccomp", "Landlock", "Landlock", "RLIMIT_", "RLIMIT_")
                .entrySet()) {
            if (cell.contains(word.getKey())) {
                assertTrue(told.contains(word.getValue()), () -> call + ": nothing is told of " + word + "\n" + told);
            }
        }
        Matcher rlimit = Pattern.compile("RLIMIT_[A-Z]+").matcher(cell);
        while (rlimit.find()) {
            assertTrue(told.contains(rlimit.group()), () -> call + "\n" + told);
        }
        if (cell.startsWith("left out (")) {
            assertTrue(degraded.stream().allMatch(e -> e.mechanism().isEmpty()), () -> call + ": " + degraded);
        }
    }

    private static Set<String> isolations(String cell) {
        Set<String> names = ALL.stream().map(Isolation::name).collect(Collectors.toSet());
        Set<String> found = new TreeSet<>();
        Matcher matcher = Pattern.compile("[A-Z_]{4,}").matcher(cell);
        while (matcher.find()) {
            if (names.contains(matcher.group())) {
                found.add(matcher.group());
            }
        }
        return found;
    }

    @Test
    void aDashIsRefusedWhateverIsAllowed() throws IOException {
        int dashes = 0;
        for (Cells row : cells()) {
            if (row.degrades().equals("-")) {
                for (ReferenceRow policy : ROWS.getOrDefault(row.call(), List.of())) {
                    dashes++;
                    assertTrue(policy.on(policy.lacking(), Isolation.values()).refusal() != null, row.call());
                }
            }
        }
        assertTrue(dashes > 0);
    }

    @Test
    void whatNeverDegradesNeedsNothing() throws IOException {
        int never = 0;
        for (Cells row : cells()) {
            boolean always = row.degrades().equals("never degraded");
            assertEquals(always, Set.of("nothing", "always").contains(row.needs()), row.call());
            if (always) {
                never++;
                for (ReferenceRow policy : ROWS.get(row.call())) {
                    assertNull(policy.on(ImaginedHost.USER.without(ALL)).refusal(), row.call());
                }
            }
        }
        assertTrue(never > 0);
    }

    /** Who has what a cell of "needs" says is not refused, and who lacks it is. */
    @Test
    void whatIsNeededIsMissed() throws IOException {
        for (Cells row : cells()) {
            ImaginedHost lacking =
                    switch (row.needs()) {
                        case "rights" -> ImaginedHost.WITHOUT_RIGHTS;
                        case "user namespaces", "user namespace" -> ImaginedHost.WITHOUT_RIGHTS;
                        case "a cgroup" -> ImaginedHost.ROOT.without(Set.of(Isolation.CGROUP_LIMITS));
                        default -> null;
                    };
            for (ReferenceRow policy : ROWS.getOrDefault(row.call(), List.of())) {
                if (lacking != null) {
                    assertTrue(policy.on(lacking).refusal() != null, row.call());
                }
                if (policy.isolation() != Isolation.IDMAPPED_BINDS) { // depends on who owns the files of this host
                    assertNull(policy.on(policy.there()).refusal(), row.call());
                }
                if (row.needs().equals("rights")) {
                    ImaginedHost without = ImaginedHost.ROOT.without(Set.of(Isolation.USER_NAMESPACE));
                    assertNull(policy.on(without).refusal(), row.call());
                }
            }
        }
    }

    @Test
    void socketsOfTheHostAreWithheldByAFilterWhereLandlockCantScopeThem() {
        ReferenceRow row = new ReferenceRow(
                b -> Sandbox.untrusted().network(Network.host()).allowDegraded(Isolation.values()),
                null,
                ImaginedHost.USER,
                ImaginedHost.BEFORE_LANDLOCK);
        assertTrue(mechanisms(row.on(row.there())).contains("LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"));
        assertTrue(mechanisms(row.on(row.lacking())).contains("no sockets of AF_UNIX, but pairs"));
    }

    private static String mechanisms(Resolution resolution) {
        return resolution.explanation().entries().stream().map(Entry::mechanism).collect(Collectors.joining("\n"));
    }

    /** A version of Linux that a cell names is one that a message names too. */
    @Test
    void versionsAreThoseOfMessages() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                sources.append(Files.readString(file));
            }
        }
        for (Cells row : cells()) {
            Matcher matcher = Pattern.compile("Linux (\\d+[.]\\d+)").matcher(row.needs());
            while (matcher.find()) {
                assertTrue(sources.indexOf(matcher.group(1)) >= 0, row.call() + ": " + matcher.group());
            }
        }
    }
}
