package dev.sandjar.internal.plan;

import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.CniMode;
import dev.sandjar.network.CniNetwork;

/** A network that plugins of CNI set up, before the sandbox begins in it. What they make is theirs to tell. */
final class CniPlanner {
    private CniPlanner() {}

    static void plan(Draft draft, CniNetwork network, boolean mayChange) {
        Request.Cni cni = draft.request.cni();
        String request = "network " + draft.request.namespaces().network();
        if (cni == null) {
            draft.refuse(null, request, "nobody has looked at its configuration", "");
            return;
        }
        if (!cni.refusal().isEmpty()) {
            draft.refuse(null, request, cni.refusal(), cni.remedy());
            return;
        }
        draft.watched.shown(network.configuration());
        draft.watched.shown(cni.file());
        draft.enforced(
                "network " + cni.name() + " of " + PathBytes.shown(network.configuration()),
                network.interfaceName() + ", by the CNI plugins " + String.join(", ", cni.plugins()),
                "version " + String.join(" or ", cni.versions())
                        + (network.mode() == CniMode.HOST
                                ? "; plugins change the host's network, and what is in reach there is as they say"
                                : "; plugins work in a namespace of their own: sandboxes of the same configuration are in reach as"
                                        + " they say, and nothing of the host's network")
                        + (mayChange ? "; who has CAP_NET_ADMIN inside can change it" : ""));
        ResolverFiles.plan(
                draft, "names by what plugins say", "as the result of the last plugin has it", "addresses work");
    }
}
