package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.PathBytes;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NamespacesTest {
    private static final Path FILE = Path.of("/run/netns/blue");

    @Test
    void tellWhatWasSaid() {
        Namespaces all = Namespaces.none()
                .idMapping(IdMapping.range(10))
                .init(false)
                .join(NamespaceKind.NETWORK, FILE)
                .unshare(NamespaceKind.UTS)
                .hostname("one")
                .domainname("two")
                .clockStart(Duration.ofDays(1))
                .lastPid(300)
                .noNestedUserNamespaces()
                .withholdHostSockets()
                .sysctl("net.core.somaxconn", "7");
        assertEquals(new NamespaceChoice.Join(FILE), all.choice(NamespaceKind.NETWORK));
        assertTrue(all.isNew(NamespaceKind.USER) && all.isNew(NamespaceKind.PID) && all.isNew(NamespaceKind.TIME));
        assertEquals(new NamespaceChoice.Host(), all.choice(NamespaceKind.MOUNT));
        assertEquals(IdMapping.range(10), all.idMapping());
        assertFalse(all.init() || all.nestedUserNamespaces());
        assertEquals(Optional.of("one"), all.hostname());
        assertEquals(Optional.of("two"), all.domainname());
        assertEquals(Optional.of(Duration.ofDays(1)), all.clockStart());
        assertEquals(OptionalInt.of(300), all.lastPid());
        assertTrue(all.withholdsHostSockets());
        assertEquals(Map.of("net/core/somaxconn", "7"), all.sysctls());
        assertEquals(
                "Namespaces(new USER, new PID, NETWORK of /run/netns/blue, new UTS, new TIME, ids FirstIds[count=10], no init,"
                        + " host name one, domain name two, clocks from PT24H, process ids above 300, no nested user namespaces,"
                        + " no AF_UNIX sockets of the host, net/core/somaxconn=7)",
                all.toString());
    }

    /** One change for each field, found by reflection. */
    @Test
    void eachFieldIsShown() {
        Namespaces base = Namespaces.none()
                .unshare(NamespaceKind.USER)
                .unshare(NamespaceKind.UTS)
                .unshare(NamespaceKind.NETWORK)
                .init(true)
                .clockOffsets(Duration.ZERO, Duration.ZERO);
        Map<String, Namespaces> changed = Map.ofEntries(
                Map.entry("choices", base.unshare(NamespaceKind.IPC)),
                Map.entry("sysctls", base.sysctl("net.core.somaxconn", "7")),
                Map.entry("idMapping", base.idMapping(IdMapping.single())),
                Map.entry("network", base.network(Network.none())),
                Map.entry("init", base.init(false)),
                Map.entry("hostname", base.hostname("a")),
                Map.entry("domainname", base.domainname("a")),
                Map.entry("monotonicOffset", base.clockOffsets(Duration.ofDays(1), Duration.ZERO)),
                Map.entry("boottimeOffset", base.clockOffsets(Duration.ZERO, Duration.ofDays(1))),
                Map.entry("clockStart", base.clockStart(Duration.ofDays(1))),
                Map.entry("lastPid", base.lastPid(300)),
                Map.entry("nestedUserNamespaces", base.noNestedUserNamespaces()),
                Map.entry("withholdsHostSockets", base.withholdHostSockets()));
        Set<String> fields = Stream.of(Namespaces.class.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName)
                .collect(Collectors.toSet());
        assertEquals(fields, changed.keySet());
        Set<String> texts = changed.values().stream().map(Namespaces::toString).collect(Collectors.toSet());
        texts.add(base.toString());
        assertEquals(fields.size() + 1, texts.size(), texts.toString());
    }

    /** There is one number of user namespaces, so what is said last holds. */
    @Test
    void nestedUserNamespacesCanBeRefusedAgain() {
        Namespaces allowed = Namespaces.none().noNestedUserNamespaces().allowNestedUserNamespaces();
        assertEquals("256", allowed.sysctls().get("user/max_user_namespaces"));
        Namespaces again = allowed.noNestedUserNamespaces();
        assertFalse(again.nestedUserNamespaces());
        assertFalse(again.sysctls().containsKey("user/max_user_namespaces"));
        assertEquals("256", again.sysctls().get("user/max_net_namespaces"));
    }

    @Test
    void areValues() {
        Namespaces one = Namespaces.none().unshare(NamespaceKind.PID).hostname("a");
        assertEquals(one, Namespaces.none().hostname("a").unshare(NamespaceKind.PID));
        assertEquals(
                one.hashCode(),
                Namespaces.none().hostname("a").unshare(NamespaceKind.PID).hashCode());
        assertNotEquals(one, one.init(false));
        assertEquals(Optional.of("a"), one.hostname(), "changed by a wither");
        assertThrows(UnsupportedOperationException.class, () -> one.choices()
                .put(NamespaceKind.IPC, new NamespaceChoice.New()));
        assertEquals(OptionalInt.empty(), one.lastPid());
        assertEquals(Optional.empty(), one.clockStart());
    }

    @Test
    void aNetworkMayBeANamespace() {
        Network blue = Network.namespace(FILE);
        Namespaces named = Namespaces.none().network(blue);
        assertEquals(new NamespaceChoice.Join(FILE), named.choice(NamespaceKind.NETWORK));
        assertEquals("Namespaces(NETWORK of /run/netns/blue)", named.toString());
        assertEquals(Namespaces.none(), named.share(NamespaceKind.NETWORK));
        assertTrue(named.network(Network.loopback()).isNew(NamespaceKind.NETWORK));
        assertTrue(named.network(Network.loopback().publish(80)).isNew(NamespaceKind.NETWORK), "the last one holds");
        assertEquals(named, Namespaces.none().unshare(NamespaceKind.NETWORK).network(blue));
    }

    @Test
    void twoNetworksAreRefused() {
        Path red = Path.of("/run/netns/red");
        Network sharing = Network.loopback().publish(80);
        for (Namespaces both : List.of(
                Namespaces.none().join(NamespaceKind.NETWORK, FILE).network(sharing),
                Namespaces.none().network(sharing).join(NamespaceKind.NETWORK, FILE),
                Namespaces.none().network(Network.namespace(red)).join(NamespaceKind.NETWORK, FILE))) {
            SandboxBuilder builder = Sandbox.builder().namespaces(n -> both);
            IllegalStateException e = assertThrows(IllegalStateException.class, builder::build);
            assertTrue(e.getMessage().contains("name two networks"), e.getMessage());
            assertTrue(e.getMessage().contains(FILE.toString()), e.getMessage());
        }
        for (Namespaces one : List.of(
                Namespaces.none().network(Network.none()).join(NamespaceKind.NETWORK, FILE),
                Namespaces.none().network(Network.namespace(FILE)).join(NamespaceKind.NETWORK, FILE),
                Namespaces.none().join(NamespaceKind.NETWORK, FILE).network(Network.namespace(red)),
                Namespaces.none().join(NamespaceKind.NETWORK, FILE).network(Network.loopback()),
                Namespaces.none()
                        .join(NamespaceKind.NETWORK, FILE)
                        .share(NamespaceKind.NETWORK)
                        .network(sharing))) {
            Sandbox.builder().namespaces(n -> one).build();
        }
    }

    /** As if it had never been asked for, with what makes no sense without it. */
    @Test
    void sharedOnesAreTheHosts() {
        Namespaces some = Namespaces.none()
                .unshare(NamespaceKind.NETWORK)
                .unshare(NamespaceKind.UTS)
                .hostname("a")
                .unshare(NamespaceKind.USER)
                .noNestedUserNamespaces()
                .sysctl("user.max_inotify_watches", "5");
        assertTrue(some.network().isSeparate());
        assertEquals(
                Namespaces.none(),
                some.share(NamespaceKind.NETWORK).share(NamespaceKind.UTS).share(NamespaceKind.USER));
    }

    /** A path is bytes: what this JVM's encoding makes of them may be another one's name. */
    @Test
    void filesOfJoinedOnesAreShownByTheirBytes() {
        Path file = PathBytes.path("/run/n\u00ffs".getBytes(StandardCharsets.ISO_8859_1));
        String shown = Namespaces.none().join(NamespaceKind.IPC, file).toString();
        assertTrue(shown.contains("/run/n\\xffs"), shown);
    }

    @Test
    void usersNameEachGroupOnce() {
        assertEquals(new User(1, 2, List.of(3L, 4L)), new User(1, 2, List.of(3L, 4L, 3L)));
        assertThrows(IllegalArgumentException.class, () -> new User(-1, 0, List.of()));
    }
}
