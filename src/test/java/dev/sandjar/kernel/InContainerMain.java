package dev.sandjar.kernel;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxHost;
import dev.sandjar.Tier;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import java.util.List;

/** Says in one line what tier a container gives, and what came of the attacks in it; src/test/scripts/in-containers makes a table of such lines. */
final class InContainerMain {
    private InContainerMain() {}

    public static void main(String[] args) throws Exception {
        SandboxHost host = SandboxHost.probe();
        StringBuilder line = new StringBuilder("tier " + host.tier());
        try {
            Attestation attestation =
                    Sandbox.untrusted().minimumTier(Tier.CONTAINER).build().verify();
            line.append(" attacked ").append(attestation.tier());
            for (Grade grade : Grade.values()) {
                List<String> names = attestation.results(grade).stream()
                        .map(Attestation.Result::name)
                        .toList();
                boolean counted = grade == Grade.CONTAINED || grade == Grade.NOT_APPLICABLE;
                line.append(' ').append(grade).append(' ').append(counted ? names.size() : names);
            }
        } catch (SandboxException e) {
            line.append(" refused ").append(e.getMessage());
        }
        System.out.println(line);
        if (args.length > 0) {
            System.out.println(host);
        }
        System.exit(0);
    }
}
