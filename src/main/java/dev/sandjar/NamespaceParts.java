package dev.sandjar;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@link Namespaces} are made of, while one of them is being changed. */
final class NamespaceParts {
    final EnumMap<NamespaceKind, NamespaceChoice> choices = new EnumMap<>(NamespaceKind.class);
    final Map<String, String> sysctls = new LinkedHashMap<>();
    IdMapping idMapping = IdMapping.automatic();
    Network network = Network.host();
    boolean init = true;

    @Nullable
    String hostname;

    @Nullable
    String domainname;

    Duration monotonicOffset = Duration.ZERO;
    Duration boottimeOffset = Duration.ZERO;

    @Nullable
    Duration clockStart;

    @Nullable
    Integer lastPid;

    boolean nestedUserNamespaces = true;
    boolean withholdsHostSockets;
}
