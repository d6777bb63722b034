package dev.sandjar.internal.json;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import java.io.IOException;
import java.util.HexFormat;

/** What a policy comes to on a host without cgroups, by which two can be compared. */
final class Plans {
    private static final int ALL_FEATURES = 0x3f;

    private Plans() {}

    /** The explanation and the bytes for the launcher, or why there are none. */
    static String outcome(Sandbox sandbox) {
        try {
            Resolution resolution = Resolver.resolve(
                    Request.of(sandbox),
                    Host.detect(ALL_FEATURES),
                    CgroupSupport.none("not here", "elsewhere"),
                    new WalkedPaths(path -> false),
                    null);
            Plan plan = resolution.plan();
            return resolution.explanation()
                    + (plan == null
                            ? String.valueOf(resolution.refusal())
                            : HexFormat.of().formatHex(plan.encoded(0, "", "")) + plan.environment());
        } catch (SandboxException e) {
            return e.toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
