package dev.sandjar.internal;

import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.MemberTraffic;
import dev.sandjar.network.NetworkCapture;
import dev.sandjar.network.SandboxNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What carries a {@link SandboxNetwork} out. Thread-safe. */
public interface LiveNetwork {
    /** Whose it is from now on. */
    void isThatOf(SandboxNetwork network);

    /** The addresses that belong to a name, which it gets if it has none yet. */
    List<InetAddress> reserve(String name);

    /** All that have a name. */
    Map<String, List<InetAddress>> names();

    /** The addresses that a sandbox has. */
    List<InetAddress> addresses(SandboxProcess process);

    /** Both have gateways, and no address in common. */
    void connect(SandboxNetwork other) throws SandboxException;

    void disconnect(SandboxNetwork other) throws SandboxException;

    /** What holds for all members. */
    Optional<Firewall> currentFirewall();

    void update(Firewall firewall) throws SandboxException;

    FirewallCounters firewallCounters(SandboxProcess process) throws SandboxException;

    LiveFaults faults();

    NetworkCapture capture(Path file, long most) throws IOException;

    List<MemberTraffic> traffic() throws SandboxException;

    /** Those that {@link #connect} has brought together with it. */
    List<SandboxNetwork> connected();

    boolean isOpen();

    void close();
}
