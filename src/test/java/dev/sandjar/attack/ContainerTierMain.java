package dev.sandjar.attack;

import dev.sandjar.Sandbox;
import dev.sandjar.Tier;
import dev.sandjar.verify.Attestation;

/** Attacks untrusted() where every namespace is refused, or a sandbox that has nothing but the baseline. */
final class ContainerTierMain {
    private ContainerTierMain() {}

    /** Argument: the tier that is to be attacked, CONTAINER or NONE. */
    public static void main(String[] args) throws Exception {
        Tier tier = Tier.valueOf(args[0]);
        // Of the weakest tier there is no host here; nothing asked for is what it comes to.
        Sandbox sandbox = tier == Tier.CONTAINER
                ? Sandbox.untrusted().minimumTier(tier).build()
                : Sandbox.builder().build();
        Attestation attestation = sandbox.verify();
        if (tier == Tier.CONTAINER && attestation.tier() != tier) {
            throw new AssertionError("attacked in the tier " + attestation.tier());
        }
        attestation
                .results()
                .forEach(r -> System.out.println("attack " + r.name() + " " + r.grade() + " " + r.reason()));
        System.exit(0);
    }
}
