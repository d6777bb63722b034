package dev.sandjar.internal.json;

import dev.sandjar.Confinement;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.Limits;
import dev.sandjar.Mount;
import dev.sandjar.Mounts;
import dev.sandjar.Namespaces;
import dev.sandjar.Network;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxListener;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.linux.CapabilitySets;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.linux.DeviceNode;
import dev.sandjar.linux.DeviceRule;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.MemoryPolicy;
import dev.sandjar.linux.Scheduling;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.CniBandwidth;
import dev.sandjar.network.CniMode;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.CniPortMapping;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallHandler;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Every public call of the builder and of its groups, found by reflection and tried with sample arguments of its types. */
final class BuilderCalls {
    private static final int TRIES = 400;
    private static final int SANDBOXES = 12;
    private static final IdMapping EXPLICIT = IdMapping.of(
            List.of(new IdMapping.Range(0, 1000, 1), new IdMapping.Range(1, 5000, 9)),
            List.of(new IdMapping.Range(0, 1000, 1)));

    /** Code, which has no form in JSON. */
    private static final Set<Class<?>> CODE = Set.of(UnaryOperator.class, SyscallHandler.class, SandboxListener.class);

    private static final List<Supplier<SandboxBuilder>> BASES = List.of(
            Sandbox::builder,
            Sandbox::untrusted,
            () -> Sandbox.untrusted().rootfs(RootFs.tmpfs(DataSize.mebibytes(1))),
            () -> Sandbox.builder().userNamespace().rootfs(RootFs.tmpfs(DataSize.mebibytes(1))),
            () -> Sandbox.builder()
                    .cpuLimit(1)
                    .pidNamespace()
                    .mountNamespace()
                    .ipcNamespace()
                    .utsNamespace());

    private static final Map<Class<?>, List<?>> SAMPLES = samples();

    private BuilderCalls() {}

    private static Map<Class<?>, List<?>> samples() {
        Map<Class<?>, List<?>> samples = new LinkedHashMap<>();
        samples.put(
                String.class,
                List.of("/mnt", "name", "kernel.shmmax", "64", "misc.max", "sandbox_t", "PATH", "/a/ä\"\n"));
        samples.put(int.class, List.of(3, 1, 0));
        samples.put(long.class, List.of(7L, 0L, 4096L));
        samples.put(double.class, List.of(0.5, 1.0 / 3));
        samples.put(boolean.class, List.of(true, false));
        samples.put(byte[].class, List.of(new byte[] {0, -1}, new byte[] {'x'}, new byte[0]));
        samples.put(Path.class, List.of(Path.of("/usr"), PathBytes.path(new byte[] {'/', -1, '%'})));
        samples.put(Map.class, List.of(Map.of("A", "1"), Map.of("B", "\ud83d\ude00\u0001")));
        samples.put(DataSize.class, List.of(DataSize.mebibytes(8), DataSize.bytes(4_194_305)));
        samples.put(Duration.class, List.of(Duration.ofDays(1), Duration.ofMillis(1500)));
        samples.put(
                Network.class,
                List.of(
                        Network.none(),
                        Network.host().withUnixSockets(),
                        Network.loopback(),
                        Network.namespace(PathBytes.path(new byte[] {'/', -1})),
                        Network.cni(Path.of("/etc/cni/net.d/10-a.conflist")),
                        Network.cni(Path.of("/etc/cni/net.d/10-a.conflist"))
                                .publish(80)
                                .bounds(b -> b.connections(7)),
                        Network.devices(
                                NetworkDevice.move("eth1"),
                                NetworkDevice.macvlan("eth2")
                                        .mode(NetworkDevice.Mode.BRIDGE)
                                        .named("wan0")
                                        .address("192.0.2.7/24")
                                        .address("2001:db8::7/64")
                                        .route("0.0.0.0/0", "192.0.2.1")),
                        Network.cni(CniNetwork.of(PathBytes.path(new byte[] {'/', -1}))
                                .mode(CniMode.HOST)
                                .pluginPath(Path.of("/opt/a"), Path.of("/opt/b"))
                                .interfaceName("net1")
                                .argument("A", "b")
                                .argument("C", "")
                                .portMapping(CniPortMapping.tcp(8080, 80))
                                .portMapping(new CniPortMapping(
                                        CniPortMapping.Protocol.SCTP,
                                        1,
                                        2,
                                        Optional.of(AddressLiterals.parse("192.0.2.1"))))
                                .bandwidth(CniBandwidth.of(DataSize.mebibytes(1), DataSize.kibibytes(64)))
                                .addresses("10.22.0.7/16", "fd22::7")
                                .mac("02:00:00:00:00:07")
                                .nameServers("192.0.2.53", "2001:db8::53")
                                .searchDomains("example.org")
                                .aliases("db")
                                .timeout(Duration.ofSeconds(7))
                                .stateDirectory(Path.of("/run/state"))),
                        Network.cni(CniNetwork.of(Path.of("/a"))
                                .bandwidth(new CniBandwidth(
                                        Optional.empty(), Optional.of(DataSize.bytes(1)), DataSize.bytes(1)))),
                        Network.loopback()
                                .publish(80)
                                .publish(81, 8081)
                                .hostPort(5432, "db")
                                .bounds(b -> b.connections(7)),
                        Network.loopback()
                                .with(PortRule.hostSocket(Path.of("/run/s")).inside("/s"))
                                .with(PortRule.publish("/p").onHost(PathBytes.path(new byte[] {'/', -1})))
                                .with(PortRule.publish(new PortRange(90, 95))
                                        .onHost(InetAddress.getLoopbackAddress(), 9000)
                                        .fixed())
                                .with(PortRule.hostPort(new PortRange(7, 9)).inside(100)),
                        Network.egress(
                                        EgressRule.allow("a.example.org", 443, 80),
                                        EgressRule.allowAddress("203.0.113.0/24", 443),
                                        EgressRule.allow("b.example.org", 22)
                                                .withAddresses(
                                                        AddressRange.of("10.0.0.0/8"), AddressRange.of("fd00::/8"))
                                                .anyProtocol()
                                                .fixed())
                                .allow("a.example.org", 8443)
                                .bounds(b -> b.bytes(DataSize.mebibytes(3))
                                        .connectionsPerSecond(9)
                                        .firstBytes(Duration.ofMillis(1500)))
                                .withProxies()));
        samples.put(IdMapping.class, List.of(IdMapping.single(), IdMapping.alone(), IdMapping.range(2000), EXPLICIT));
        samples.put(
                RootFs.class,
                List.of(
                        RootFs.hostReadOnly(),
                        RootFs.directory(Path.of("/usr")),
                        RootFs.directoryWithMountPoints(Path.of("/usr")),
                        RootFs.directoryWritable(PathBytes.path(new byte[] {'/', -1})),
                        RootFs.tmpfs(DataSize.kibibytes(3)),
                        RootFs.empty(),
                        RootFs.empty().captureChanges(),
                        RootFs.overlay(Path.of("/usr"), Path.of("/etc")).keepChanges(Path.of("/tmp")),
                        RootFs.overlay(Path.of("/usr")).upper(Path.of("/tmp/u"), Path.of("/tmp/w"))));
        samples.put(
                Mount.class,
                List.of(
                        Mount.bind(Path.of("/usr"), "/mnt").options("ro", "nosuid"),
                        Mount.bindRecursive(Path.of("/usr"), "/mnt")
                                .options("ridmap")
                                .idMapped(EXPLICIT),
                        Mount.fileSystem("tmpfs", "/mnt").source("none").options("size=64k", "mode=755"),
                        Mount.overlay(List.of(Path.of("/usr"), Path.of("/etc")), "/mnt"),
                        Mount.overlay(List.of(Path.of("/usr")), "/mnt").upper(Path.of("/tmp/u"), Path.of("/tmp/w")),
                        Mount.remount("/tmp").options("ro")));
        samples.put(
                Landlock.class,
                List.of(
                        Landlock.builder()
                                .read("/usr")
                                .allowIfPresent("/none", LandlockAccess.READ_FILE)
                                .connectPort(443)
                                .isolateSignals()
                                .build(),
                        Landlock.builder()
                                .restrictFiles(LandlockAccess.MAKE_CHAR)
                                .denyTcp()
                                .bindPort(0)
                                .isolateAbstractSockets()
                                .build()));
        samples.put(
                SeccompProfile.class,
                List.of(
                        SeccompProfile.strict(),
                        SeccompProfile.standard().toBuilder()
                                .denySockets()
                                .rule(
                                        SeccompAction.errno("EPERM"),
                                        "ioctl",
                                        SyscallArgument.at(1).masked(0xffffffffL, 0x5412),
                                        SyscallArgument.at(2).notEqualTo(-1))
                                .defaultAction(SeccompAction.killThread())
                                .unknownAction(SeccompAction.trap())
                                .build()));
        samples.put(CgroupPath.class, List.of(CgroupPath.of("/a/b c"), CgroupPath.of("ä")));
        samples.put(
                DeviceNode.class,
                List.of(
                        DeviceNode.character("/dev/fuse", 10, 229),
                        DeviceNode.block("/b", 8, 0),
                        DeviceNode.pipe("/p")));
        samples.put(
                List.class,
                List.of(
                        List.of(),
                        DeviceRule.standard(),
                        List.of(DeviceRule.block("rwm").minor(3))));
        samples.put(IoPriority.class, List.of(IoPriority.idle(), IoPriority.bestEffort(3)));
        samples.put(
                Scheduling.class,
                List.of(
                        Scheduling.batch(5),
                        Scheduling.other(0),
                        Scheduling.idle().resetOnFork(),
                        Scheduling.fifo(9),
                        Scheduling.roundRobin(1),
                        Scheduling.deadline(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ZERO),
                        Scheduling.deadline(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3))));
        samples.put(
                MemoryPolicy.class,
                List.of(
                        MemoryPolicy.of(MemoryPolicy.Mode.LOCAL),
                        MemoryPolicy.of(MemoryPolicy.Mode.BIND, 0, 1_023)
                                .withFlags(MemoryPolicy.Flag.STATIC_NODES, MemoryPolicy.Flag.NUMA_BALANCING)));
        samples.put(
                IoLimit.class,
                List.of(
                        IoLimit.ofDevice(8, 0).readBytes(DataSize.mebibytes(1)).writeOperations(7),
                        IoLimit.of(Path.of("/dev/sda")).weight(100)));
        samples.put(
                Limits.class,
                List.of(Limits.none().swap(DataSize.bytes(0)).hugetlb(DataSize.mebibytes(2), DataSize.bytes(0))));
        samples.put(
                CapabilitySets.class,
                List.of(new CapabilitySets(
                        Set.of(dev.sandjar.Capability.CHOWN),
                        Set.of(),
                        Set.of(dev.sandjar.Capability.CHOWN),
                        Set.of(),
                        Set.of())));
        return samples;
    }

    /** One call, and how it is made on a builder. */
    record Call(String name, Method method, BiFunction<SandboxBuilder, Object[], SandboxBuilder> make) {
        /** All that samples make of it which is another than without the call, at most some. */
        List<Sandbox> sandboxes() {
            Set<Sandbox> made = new LinkedHashSet<>();
            for (Supplier<SandboxBuilder> base : BASES) {
                Sandbox before = base.get().build();
                arguments(method.getParameterTypes()).stream()
                        .limit(TRIES)
                        .map(arguments -> attempt(base.get(), arguments))
                        .filter(Objects::nonNull)
                        .filter(sandbox ->
                                !sandbox.equals(before) || !sandbox.name().equals(before.name()))
                        .limit(SANDBOXES)
                        .forEach(made::add);
            }
            return List.copyOf(made);
        }

        /** A builder of the same policy, with this call where it is possible. */
        SandboxBuilder random(SandboxBuilder builder, Random random) {
            SandboxBuilder copy = builder.build().toBuilder();
            Object[] arguments = Arrays.stream(method.getParameterTypes())
                    .map(type -> {
                        List<?> samples = samples(type);
                        return samples.get(random.nextInt(samples.size()));
                    })
                    .toArray();
            try {
                return make.apply(copy, arguments);
            } catch (IllegalArgumentException | IllegalStateException e) {
                return builder; // these are none for this call
            }
        }

        private @Nullable Sandbox attempt(SandboxBuilder builder, Object[] arguments) {
            try {
                return make.apply(builder, arguments).build();
            } catch (IllegalArgumentException | IllegalStateException e) {
                return null; // these are none for this call
            }
        }
    }

    static List<Call> all() {
        List<Call> calls = new ArrayList<>();
        add(calls, SandboxBuilder.class, (method, builder, arguments) ->
                (SandboxBuilder) invoke(method, builder, arguments));
        add(calls, Namespaces.class, (m, b, a) -> b.namespaces(n -> (Namespaces) invoke(m, n, a)));
        add(calls, Mounts.class, (m, b, a) -> b.mounts(n -> (Mounts) invoke(m, n, a)));
        add(calls, ProcessAttributes.class, (m, b, a) -> b.process(p -> (ProcessAttributes) invoke(m, p, a)));
        add(calls, Limits.class, (m, b, a) -> b.limits(l -> (Limits) invoke(m, l, a)));
        add(calls, RunBounds.class, (m, b, a) -> b.bounds(r -> (RunBounds) invoke(m, r, a)));
        add(calls, Confinement.class, (m, b, a) -> b.confinement(c -> (Confinement) invoke(m, c, a)));
        return calls;
    }

    private interface Making {
        SandboxBuilder make(Method method, SandboxBuilder builder, Object[] arguments);
    }

    private static void add(List<Call> calls, Class<?> type, Making making) {
        Arrays.stream(type.getMethods())
                .filter(method -> method.getReturnType() == type && !Modifier.isStatic(method.getModifiers()))
                .filter(method -> Arrays.stream(method.getParameterTypes()).noneMatch(CODE::contains))
                .sorted(Comparator.comparing(Method::toString))
                .map(method -> new Call(
                        type.getSimpleName() + "." + method.getName()
                                + Arrays.stream(method.getParameterTypes())
                                        .map(Class::getSimpleName)
                                        .toList(),
                        method,
                        (builder, arguments) -> making.make(method, builder, arguments)))
                .forEach(calls::add);
    }

    private static Object invoke(Method method, Object target, Object[] arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new AssertionError(e);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** All combinations of samples, those first that differ from each other early. */
    private static List<Object[]> arguments(Class<?>[] types) {
        List<Object[]> all = new ArrayList<>(List.of(new Object[][] {new Object[types.length]}));
        for (int i = 0; i < types.length; i++) {
            List<Object[]> more = new ArrayList<>();
            for (Object sample : samples(types[i])) {
                for (Object[] some : all) {
                    Object[] copy = some.clone();
                    copy[i] = sample;
                    more.add(copy);
                }
            }
            all = more;
        }
        return all;
    }

    static List<?> samples(Class<?> type) {
        if (type.isEnum()) {
            return List.of(type.getEnumConstants());
        } else if (SAMPLES.containsKey(type)) {
            return SAMPLES.get(type);
        } else if (type.isArray()) {
            return samples(type.getComponentType()).stream()
                    .map(each -> {
                        Object array = Array.newInstance(type.getComponentType(), 1);
                        Array.set(array, 0, each);
                        return array;
                    })
                    .toList();
        }
        throw new AssertionError("no samples of " + type + ": add some to BuilderCalls");
    }
}
