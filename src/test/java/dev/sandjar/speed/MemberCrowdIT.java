package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Limits;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A start of a member takes as long however many there are. */
@KernelTest
@Tag("heavy")
@NeedsHost(Feature.USERNS)
class MemberCrowdIT {
    private static final int CROWD = 200;
    private static final int EDGE = 40;

    /** As of all starts beside other work: what grows with each member would be five times as long in the middle already. */
    private static final double MOST = 3;

    @Test
    void theLastOfTwoHundredMembersStartsAsTheFirst() throws Exception {
        List<SandboxProcess> alive = new ArrayList<>();
        List<Long> nanos = new ArrayList<>();
        try (SandboxNetwork lan = SandboxNetwork.builder()
                .subnet("10.7.0.0/16")
                .subnet("fd07::/64")
                .open()) {
            Sandbox member = Sandbox.untrusted()
                    .network(Network.attached(lan))
                    .limits(Limits.none())
                    .build();
            for (int i = 0; i < EDGE; i++) {
                member.run("true").orThrow(); // compilers, templates
            }
            try {
                for (int i = 0; i < CROWD; i++) {
                    long begin = System.nanoTime();
                    alive.add(member.start(Command.of("sleep", "1000")));
                    nanos.add(System.nanoTime() - begin);
                }
            } finally {
                for (SandboxProcess process : alive) {
                    process.close();
                }
            }
        }
        double ratio = (double) median(nanos.subList(CROWD - EDGE, CROWD)) / median(nanos.subList(0, EDGE));
        System.out.println("a start beside " + CROWD + " members takes " + ratio + " times as long as the first ones");
        assertTrue(ratio < MOST, () -> ratio + " times as long");
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
