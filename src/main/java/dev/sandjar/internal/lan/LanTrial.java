package dev.sandjar.internal.lan;

import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.network.SandboxNetwork;
import java.util.Map;

/** Whether this host has what networks need, for those who look for what is missing. */
public final class LanTrial {
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
}
