package dev.sandjar.internal.lan;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.SubnetOverlap;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.nft.UplinkMessages;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Subnet;
import dev.sandjar.network.Uplink;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A way out of a network by a program that makes connections of members again from the host: pasta or slirp4netns, once for the network. The
 * program would reach services that listen on addresses of the host, which rules in the network keep members from. Thread-safe.
 */
final class UserUplink implements Way {
    private static final Logger LOG = LoggerFactory.getLogger(UserUplink.class);
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final String INTERFACE = "uplink";
    private static final String DAD = "ipv6/conf/default/dad_transmits";
    private static final List<String> PLACES = List.of("/usr/bin", "/usr/local/bin", "/bin");
    private static final String PASTA = "pasta";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Duration WATCH = Duration.ofMillis(250);
    private static final DataSize WORDS = DataSize.kibibytes(64);
    private static final int TEXT = 2000;

    /** Of slirp4netns itself, of which the first counts that no subnet of the network has a part of. */
    private static final List<String> OWN = List.of("10.0.2.0/24", "172.31.254.0/24");

    private final Keeper keeper;
    private final long namespace;
    private final Uplink uplink;
    private final SandboxProcess process;
    private final List<AddressRange> own;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Of one thread at a time, as is what follows. */
    private volatile int index;

    private volatile Set<AddressRange> kept = Set.of();

    private UserUplink(Keeper keeper, long namespace, Uplink uplink, SandboxProcess process, List<AddressRange> own) {
        this.keeper = keeper;
        this.namespace = namespace;
        this.uplink = uplink;
        this.process = process;
        this.own = own;
    }

    /**
     * @param network of the keeper, with its gateway
     * @throws UnsupportedIsolationException if there is no such program, or it may not open /dev/net/tun
     */
    static UserUplink open(Keeper keeper, Keeper.Made network, NetworkLayout layout, Uplink uplink)
            throws SandboxException {
        String step = "give the network " + layout.name() + " a way out in user mode";
        requireTun(step);
        Path program = program(uplink, step);
        if (RoutingSettings.hasIpv6()) {
            // Addresses of its interface can be used at once: nobody else can have them.
            keeper.sysctl(network.id(), DAD, "0", step);
        }
        AddressRange range = program.getFileName().toString().startsWith(PASTA) ? null : free(layout);
        SandboxProcess process = start(command(program, range, keeper, network, layout), step);
        UserUplink made =
                new UserUplink(keeper, network.id(), uplink, process, range == null ? List.of() : List.of(range));
        boolean done = false;
        try {
            made.awaitInterface(program, step);
            done = true;
        } finally {
            if (!done) {
                made.close();
            }
        }
        made.watch();
        return made;
    }

    private static void requireTun(String step) throws SandboxException {
        try (FileChannel tun = FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            LOG.trace("{} can be opened: {}", TUN, tun);
        } catch (IOException e) {
            throw new UnsupportedIsolationException(
                    null,
                    step,
                    "open",
                    TUN.toString(),
                    0,
                    "this process may not read and write it: " + e,
                    "as root: modprobe tun; chmod 0666 " + TUN + "; or use Network.egress(...), which needs nothing");
        }
    }

    private static Path program(Uplink uplink, String step) throws SandboxException {
        List<Path> places = new ArrayList<>();
        uplink.program().ifPresent(places::add);
        if (places.isEmpty()) {
            for (String name : List.of(PASTA, "slirp4netns")) {
                PLACES.forEach(place -> places.add(Path.of(place, name)));
            }
        }
        Path found = places.stream().filter(Files::isExecutable).findFirst().orElse(null);
        if (found == null) {
            throw new UnsupportedIsolationException(
                    null,
                    step,
                    null,
                    PathBytes.shown(places.get(0)),
                    0,
                    uplink.program().isPresent()
                            ? "there is no such program"
                            : "neither pasta nor slirp4netns is installed",
                    "as root: apt-get install passt, or slirp4netns");
        }
        return found;
    }

    private static AddressRange free(NetworkLayout layout) {
        return OWN.stream()
                .filter(text -> SubnetOverlap.of(layout.subnets(), List.of(Subnet.of(text))) == null)
                .map(AddressRange::of)
                .findFirst()
                .orElseThrow();
    }

    private static Command command(
            Path program, @Nullable AddressRange range, Keeper keeper, Keeper.Made network, NetworkLayout layout) {
        String directory = "/proc/" + ProcessHandle.current().pid() + "/fd/";
        int owner = keeper.owner();
        List<String> words = new ArrayList<>();
        if (range == null) {
            words.addAll(List.of("--foreground", "--quiet", "--config-net", "--no-map-gw"));
            words.addAll(List.of("-t", "none", "-u", "none", "-T", "none", "-U", "none"));
            words.addAll(List.of("--ns-ifname", INTERFACE, "--mtu", Integer.toString(layout.mtu()), "--no-netns-quit"));
            words.addAll(owner < 0 ? List.of("--runas", "0", "--netns-only") : List.of("--userns", directory + owner));
            words.addAll(List.of("--netns", "/proc/self/fd/0"));
        } else {
            words.addAll(List.of("--configure", "--disable-host-loopback", "--mtu=" + layout.mtu(), "--cidr=" + range));
            if (owner >= 0) {
                words.add("--userns-path=" + directory + owner);
            }
            words.addAll(List.of("--netns-type=path", directory + network.descriptor(), INTERFACE));
        }
        // With fewer capabilities than this process pasta may not look at its descriptors: it gets one as its own.
        File namespace = new File("/proc/self/fd/" + network.descriptor());
        return Command.of(program.toString(), words.toArray(String[]::new))
                .stdin(ProcessBuilder.Redirect.from(namespace))
                .stdout(ProcessBuilder.Redirect.DISCARD);
    }

    /** With the rights of this process: it gives up by itself what it does not need. */
    private static SandboxProcess start(Command command, String step) throws SandboxException {
        try {
            Host host = Host.detect(0);
            return Sandbox.builder()
                    .keepCapabilities(
                            Arrays.stream(Capability.values()).filter(host::has).toArray(Capability[]::new))
                    .outputLimit(WORDS)
                    .build()
                    .start(command);
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            SandboxException refused = new SandboxException(step, null, null, 0, String.valueOf(e.getMessage()), "");
            refused.initCause(e);
            throw refused;
        }
    }

    private void awaitInterface(Path program, String step) throws SandboxException {
        long begun = System.nanoTime();
        int found = index(step);
        while (found == 0) {
            boolean late = System.nanoTime() - begun > PATIENCE.toNanos();
            if (late || !process.isAlive()) {
                throw new SandboxException(
                        step,
                        null,
                        PathBytes.shown(program),
                        0,
                        late
                                ? "it has made no interface in " + PATIENCE.toSeconds() + " seconds"
                                : "it has ended, and says: " + said(),
                        "run it by hand to see why; pasta takes addresses from an interface of the host with a default route");
            }
            LockSupport.parkNanos(LOOK.toNanos());
            found = index(step);
        }
        index = found;
        keepFromHost(step);
    }

    private int index(String step) throws SandboxException {
        try {
            List<byte[]> answers = keeper.askForLinks(namespace, List.of(LinkMessages.ask(INTERFACE)), step);
            return answers.isEmpty() ? 0 : LinkMessages.index(answers.get(0));
        } catch (SandboxException e) {
            if (Errno.ENODEV.is(e.errno())) {
                return 0;
            }
            throw e;
        }
    }

    private String said() {
        try (InputStream error = process.getErrorStream()) {
            return new String(error.readNBytes(TEXT), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Members reach none of its addresses, whichever it has now. */
    private void keepFromHost(String step) throws SandboxException {
        Set<AddressRange> now = addresses(step);
        if (now.equals(kept)) {
            return;
        }
        List<AddressRange> refused = new ArrayList<>(Uplink.refused());
        refused.addAll(own);
        refused.addAll(now);
        keeper.changeRules(
                namespace, UplinkMessages.inside(index, refused, uplink.allowed()), NetworkFeature.UPLINK, step);
        kept = now;
    }

    /** Those of interfaces, and others that a route leads here. */
    private static Set<AddressRange> addresses(String step) throws SandboxException {
        Set<AddressRange> all = new LinkedHashSet<>();
        try (HostSocket host = HostSocket.open(Kernel.get(), RouteMessages.PROTOCOL, step)) {
            for (boolean ipv6 : new boolean[] {false, true}) {
                for (byte[] answer : host.ask(RouteMessages.all(ipv6), step)) {
                    RouteMessages.own(answer)
                            .map(own -> new AddressRange(own.first(), own.prefix()))
                            .ifPresent(all::add);
                }
            }
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel about routes that is " + e.getMessage());
        }
        return all;
    }

    private void watch() {
        var unused = IoThreads.later(WATCH, () -> {
            if (closed.get()) {
                return;
            }
            if (keeper.isEnded()) {
                close();
                return;
            }
            if (!process.isAlive()) {
                LOG.warn("The way out of a network has ended: {}", said());
                return;
            }
            try {
                keepFromHost("keep members from addresses of the host");
                watch();
            } catch (SandboxException e) {
                LOG.error("The way out of a network is closed: members could reach the host", e);
                close();
            }
        });
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            process.close();
        }
    }
}
