package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.internal.intercept.Authorities;
import dev.sandjar.internal.intercept.Authority;
import dev.sandjar.internal.intercept.TrustFiles;
import dev.sandjar.network.EgressRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What programs inside need to trust who ends their TLS, where requests are read. */
final class CredentialPlanner {
    private static final String REQUEST = "certificate authority of the sandbox";
    private static final int MODE = 0444;

    private CredentialPlanner() {}

    /** Files that are written before anything that the caller puts into the root. */
    static List<MountEntry> files(Request request) {
        Authorities authorities = request.authorities();
        if (authorities == null || hasHostsRoot(request)) {
            return List.of();
        }
        Authority chosen = request.authority();
        Authority authority = chosen == null ? authorities.current() : chosen;
        List<MountEntry> files = new ArrayList<>();
        authority
                .files()
                .contents()
                .forEach((target, content) -> files.add(new MountEntry.FileBytes(target, content, MODE)));
        return files;
    }

    private static boolean hasHostsRoot(Request request) {
        RootFs root = request.root();
        return root instanceof RootFs.Host || (root instanceof RootFs.Directory && request.rootOrigin() == null);
    }

    /** Those that programs are to have, unless they have them. */
    static Map<String, String> variables(Draft draft) {
        return draft.request.authorities() == null ? Map.of() : TrustFiles.variables();
    }

    static void plan(Draft draft) {
        Request request = draft.request;
        if (request.authorities() == null) {
            return;
        }
        if (hasHostsRoot(request)) {
            draft.refuse(
                    null,
                    REQUEST,
                    "its files are of " + TrustFiles.DIRECTORY + ", and that directory is the host's",
                    "choose a root of its own, such as RootFs.hostReadOnly()");
            return;
        }
        List<MountEntry> own = files(request);
        for (MountEntry entry : request.mounts()) {
            String target = entry.target();
            if (own.contains(entry)) {
                continue;
            }
            if (TrustFiles.DIRECTORY.startsWith(target + "/")
                    || (target + "/").startsWith(TrustFiles.DIRECTORY + "/")) {
                draft.refuse(
                        null,
                        REQUEST,
                        "what is put at " + target + " hides its files, or stands in their place",
                        "leave " + TrustFiles.DIRECTORY + " free");
                return;
            }
        }
        Map<String, String> given = request.process().environment();
        String set = TrustFiles.variables().keySet().stream()
                .filter(name -> !given.containsKey(name))
                .collect(Collectors.joining(", "));
        draft.enforced(REQUEST, set, "for " + names(request) + " alone; its key is in the memory of this JVM");
        TrustFiles.variables().keySet().stream()
                .filter(given::containsKey)
                .forEach(name -> draft.entries.add(new AppliedPolicy.Entry(
                        REQUEST + " by " + name,
                        AppliedPolicy.Outcome.DEGRADED,
                        "",
                        "the sandbox sets " + name + " itself, and what heeds that trusts what it says")));
    }

    private static String names(Request request) {
        return request.namespaces().network().rules().egress().stream()
                .filter(EgressRule::isIntercepted)
                .flatMap(rule -> rule.name().stream())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
