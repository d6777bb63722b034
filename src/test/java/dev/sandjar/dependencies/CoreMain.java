package dev.sandjar.dependencies;

import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxHost;
import dev.sandjar.image.ImageStore;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.EgressRule;
import dev.sandjar.oci.OciBundle;
import dev.sandjar.seccomp.SeccompProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Runs a sandbox, and asks for what needs more than the core has: a line for each. */
public final class CoreMain {
    private CoreMain() {}

    public static void main(String[] args) throws Exception {
        // The launcher's part is not what this is about: what this host can't give, it may go without.
        RunResult result =
                Sandbox.builder().pidNamespace().userNamespace().build().run("/bin/echo", "ran");
        System.out.print(result.orThrow().stdout());
        tell(() -> SeccompProfile.fromJson("{}"));
        tell(() -> SeccompProfile.standard().toJson());
        tell(() -> SandboxHost.current().toJson());
        tell(() -> Sandbox.untrusted()
                .network(Network.cni(Path.of("/nowhere")))
                .build()
                .explain());
        tell(() -> CniNetwork.of(Path.of("/nowhere")).status());
        tell(() -> Sandbox.untrusted().build().toJson());
        tell(() -> SandboxBuilder.fromJson("{}"));
        tell(() -> OciBundle.load(Path.of(".")));
        tell(() -> OciBundle.parse(Path.of("."), "{}"));
        tell(ImageStore::open);
        tell(() -> EgressRule.allow("api.example.org", 443).allowRequests("GET", "/**"));
    }

    private static void tell(Callable<?> part) throws Exception {
        try {
            part.call();
            System.out.println("nothing was missing");
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        } catch (IOException | IllegalArgumentException e) {
            // What is asked of it is wrong on purpose: it was there to say so.
            System.out.println("nothing was missing");
        }
    }
}
