package dev.sandjar.oci;

import dev.sandjar.Command;
import dev.sandjar.IdMapping;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the readers of a configuration fill, each its part. */
final class Draft {
    final SandboxBuilder builder =
            Sandbox.builder().mounts(m -> m.noDev().noProc()).template(false);
    /** Where the sandbox is not exactly what was asked for, but stricter. */
    final List<String> notes = new ArrayList<>();
    /** Types of namespaces that are the container's own. */
    final Set<String> own = new LinkedHashSet<>();

    /** Types of namespaces that are there already. */
    final Set<String> joined = new LinkedHashSet<>();

    /** Where something is mounted, or a device made. */
    final Set<String> targets = new LinkedHashSet<>();

    /** Ids of the user namespace, where the configuration says which; else empty. */
    List<IdMapping.Range> uids = List.of();

    List<IdMapping.Range> gids = List.of();

    /** Whether the mount namespace is one that is there already, with a root and mounts that are others' too. */
    boolean joinsMounts;

    /** Whether /dev is a directory of the host. */
    boolean bindsDev;

    @Nullable
    Command command;

    /** Whether it is read for the runtime command, which does what the configuration says where the library is stricter. */
    final boolean exact;

    Draft(boolean exact) {
        this.exact = exact;
    }

    void note(JsonAt place, String text) {
        notes.add(place.path() + ": " + text);
    }
}
