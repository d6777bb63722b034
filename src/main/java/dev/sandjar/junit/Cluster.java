package dev.sandjar.junit;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxListener;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.NetworkCapture;
import dev.sandjar.network.NetworkFaults;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A network of one test, whose members are called node1, node2 and so on, with addresses of 10.210.0.0/24 and fd10:210::/64 and a {@linkplain
 * SandboxNetwork.Builder#resolver resolver}. {@link Nodes} asks for it. When the test has ended all processes are killed and the network is closed;
 * when it has failed its message has the timeline of faults. Thread-safe.
 */
public final class Cluster {
    private static final int MOST = 250;
    private static final DataSize CAPTURED = DataSize.mebibytes(16);

    private final SandboxNetwork network;
    private final SandboxListener listener;
    private final List<NetworkMember> nodes;
    private final @Nullable NetworkCapture capture;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock. */
    private final Map<NetworkMember, SandboxProcess> processes = new LinkedHashMap<>();

    private Cluster(SandboxNetwork network, int count, SandboxListener listener, @Nullable NetworkCapture capture) {
        this.network = network;
        this.listener = listener;
        this.capture = capture;
        List<NetworkMember> all = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            all.add(network.member("node" + i));
        }
        this.nodes = List.copyOf(all);
    }

    static Cluster open(Nodes asked, SandboxListener listener) throws IOException {
        if (asked.value() < 1 || asked.value() > MOST) {
            throw new IllegalArgumentException("@Nodes(" + asked.value() + ") is not 1 to " + MOST);
        }
        SandboxNetwork network = SandboxNetwork.builder()
                .name("cluster")
                .subnet("10.210.0.0/24")
                .subnet("fd10:210::/64")
                .resolver()
                .open();
        try {
            return new Cluster(network, asked.value(), listener, asked.capture() ? capture(network) : null);
        } catch (IOException | RuntimeException | Error e) {
            network.close();
            throw e;
        }
    }

    private static NetworkCapture capture(SandboxNetwork network) throws IOException {
        Path directory = Files.createTempDirectory("sandjar-capture");
        try {
            return network.capture(directory.resolve("cluster.pcap"), CAPTURED);
        } catch (IOException | RuntimeException | Error e) {
            Files.delete(directory);
            throw e;
        }
    }

    /**
     * Returns the network of the nodes.
     *
     * @return the network, which is open until the end of the test
     */
    public SandboxNetwork network() {
        return network;
    }

    /**
     * Returns what can be made to go wrong between nodes.
     *
     * @return {@link SandboxNetwork#faults()}
     */
    public NetworkFaults faults() {
        return network.faults();
    }

    /**
     * Returns the members.
     *
     * @return an immutable list, node1 first
     */
    public List<NetworkMember> nodes() {
        return nodes;
    }

    /**
     * Returns all members but some.
     *
     * @param some members of this cluster
     * @return an immutable set of the others
     */
    public Set<NetworkMember> others(NetworkMember... some) {
        Set<NetworkMember> others = new LinkedHashSet<>(nodes);
        List.of(some).forEach(others::remove);
        return Set.copyOf(others);
    }

    /**
     * Begins a sandbox that runs as a node: {@link Sandbox#untrusted()}, to be changed and built by the test.
     *
     * @param node a member of this cluster
     * @return a builder
     */
    public SandboxBuilder sandbox(NetworkMember node) {
        return Sandbox.untrusted().network(Network.attached(node)).listener(listener);
    }

    /**
     * Starts a program as a node.
     *
     * @param node a member of this cluster as which nobody runs
     * @param command the program
     * @return its process
     * @throws IOException if it can't be started
     */
    public SandboxProcess start(NetworkMember node, Command command) throws IOException {
        SandboxProcess process = sandbox(node).build().start(command);
        lock.lock();
        try {
            processes.put(node, process);
        } finally {
            lock.unlock();
        }
        return process;
    }

    /**
     * Returns the program that {@link #start} has started as a node.
     *
     * @param node a member of this cluster
     * @return the last one, running or ended
     * @throws IllegalStateException if none was started
     */
    public SandboxProcess process(NetworkMember node) {
        lock.lock();
        try {
            SandboxProcess process = processes.get(node);
            if (process == null) {
                throw new IllegalStateException("nothing was started as " + node);
            }
            return process;
        } finally {
            lock.unlock();
        }
    }

    /** What was done to it, for the message of a test that has failed; the file with its packets stays. */
    String describe() {
        StringBuilder text = new StringBuilder();
        if (!faults().timeline().isEmpty()) {
            text.append("faults of the network:");
            faults().timeline().forEach(event -> text.append("\n  ").append(event));
            text.append('\n');
        }
        if (capture != null) {
            text.append("packets: ").append(capture.file()).append('\n');
        }
        return text.toString();
    }

    /** @param failed whether the test has: what was captured stays then */
    void close(boolean failed) throws IOException {
        try {
            if (capture != null) {
                capture.close();
                if (!failed) {
                    Files.delete(capture.file());
                    Files.delete(capture.file().toAbsolutePath().getParent());
                }
            }
        } finally {
            network.close();
        }
    }
}
