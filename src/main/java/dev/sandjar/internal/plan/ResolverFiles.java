package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.RootFs;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Files by which programs inside find a resolver, where their network has one. */
final class ResolverFiles {
    static final String RESOLV_CONF = "/etc/resolv.conf";

    private ResolverFiles() {}

    /** Whether only a start tells what the file says. */
    private static boolean isOfStart(Draft draft) {
        return draft.request.namespaces().network().cni().isPresent();
    }

    /** The file; empty if there is no resolver. */
    static Optional<Work> file(Draft draft) {
        return isOfStart(draft)
                ? Optional.of(new Work.WriteResolver(RESOLV_CONF, 0644))
                : resolvConf(draft).map(text -> new Work.WriteFile(RESOLV_CONF, 0644, Bytes.of(text)));
    }

    /** What the file says; empty if there is no resolver, or only a start tells it. */
    private static Optional<String> resolvConf(Draft draft) {
        return Optional.ofNullable(Link.resolverLines(draft.request.namespaces().network()))
                .or(() -> AttachmentPlanner.nameServers(draft));
    }

    /** The file of a preset, which asks no resolver where there is none. */
    static byte[] nameServices(Draft draft, byte[] content) {
        if (file(draft).isEmpty()) {
            return content;
        }
        String text = new String(content, StandardCharsets.UTF_8).replace("hosts: files", "hosts: files dns");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the caller says what is there. */
    static boolean isGiven(Draft draft) {
        return draft.request.mounts().stream()
                .anyMatch(entry ->
                        entry.target().equals(RESOLV_CONF) || entry.target().equals("/etc"));
    }

    /**
     * Has the file in the root, where that is the sandbox's own.
     *
     * @param request what is asked for
     * @param reach what the resolver knows
     * @param otherwise what there is without it
     */
    static void plan(Draft draft, String request, String reach, String otherwise) {
        RootFs root = draft.request.root();
        if (isGiven(draft) || root instanceof RootFs.Host || root instanceof RootFs.Directory) {
            draft.entries.add(new AppliedPolicy.Entry(
                    request,
                    AppliedPolicy.Outcome.DEGRADED,
                    "",
                    RESOLV_CONF + " leads there, and what is there is not the sandbox's own; " + otherwise));
            return;
        }
        if (!(root instanceof RootFs.HostReadOnly)) {
            draft.setup(file(draft).orElseThrow(), Opcode.REPLACE, "write " + RESOLV_CONF, null);
        }
        draft.enforced(request, RESOLV_CONF, reach);
    }
}
