package dev.sandjar.internal.lan;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Cable;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.QueueMessages;
import dev.sandjar.internal.nft.BlockMessages;
import dev.sandjar.internal.nft.BoundMessages;
import dev.sandjar.internal.nft.FirewallMessages;
import dev.sandjar.internal.nft.UplinkMessages;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallRule;
import dev.sandjar.network.SandboxNetwork;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Whether this host has what networks need, for those who look for what is missing. */
public final class LanTrial {
    /** With each kind of step that a rule may have. */
    private static final Firewall EVERYTHING = Firewall.denyAll()
            .drop(FirewallRule.incoming().tcp(80).peer("192.0.2.0/24"))
            .allow(FirewallRule.outgoing().icmp().peer("2001:db8::/32"));

    private static final int LOOPBACK = 1;
    private static final int RATE = 1024;
    private static final int MTU = 1500;

    private LanTrial() {}

    /**
     * Opens a network and attaches a namespace to it, in which there is nobody.
     *
     * @return whether it belongs to a user namespace of its own
     */
    public static boolean run() throws SandboxException {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.0.0.0/29").open();
                Attachment attachment = Attachment.open(Kernel.get(), Network.attached(lan), Map.of())) {
            return attachment.descriptors().length > 1;
        }
    }

    /**
     * Has the kernel do it in a namespace in which there is nobody.
     *
     * @throws dev.sandjar.UnsupportedIsolationException if the kernel can't
     */
    public static void run(NetworkFeature feature) throws SandboxException {
        String step = "try " + feature.label();
        Keeper keeper = Keepers.take(step);
        try {
            Keeper.Made made = keeper.newNetwork(step);
            Kernel.get().close(made.descriptor());
            try {
                switch (feature) {
                    case FIREWALL -> {
                        keeper.changeRules(
                                made.id(), FirewallMessages.ofSandbox().replace(EVERYTHING), feature, step);
                        keeper.changeRules(
                                made.id(), BoundMessages.of(OptionalInt.of(1), Optional.empty()), feature, step);
                        Attachment.forget(keeper, made.id(), step);
                    }
                    case QUOTA ->
                        keeper.changeRules(
                                made.id(),
                                BoundMessages.of(OptionalInt.empty(), Optional.of(DataSize.bytes(1))),
                                feature,
                                step);
                    case PARTITION ->
                        keeper.changeRules(
                                made.id(),
                                BlockMessages.replace(List.of(new BlockMessages.Way(LOOPBACK, LOOPBACK))),
                                feature,
                                step);
                    case LINK -> {
                        Kernel.get().close(keeper.packetSocket(made.id(), LOOPBACK, true, step));
                        Cable.open(Kernel.get(), keeper, made.id(), step).close();
                    }
                    case UPLINK -> keeper.changeRules(made.id(), UplinkMessages.inside(LOOPBACK), feature, step);
                    case RATE ->
                        keeper.send(made.id(), List.of(QueueMessages.rate(LOOPBACK, RATE, MTU)), feature, step);
                }
            } finally {
                keeper.drop(made.id());
            }
        } finally {
            Keepers.giveBack(keeper);
        }
    }
}
