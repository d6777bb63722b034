package dev.sandjar.network;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network that plugins of CNI set up (Container Network Interface, versions 0.4.0 to 1.1.0 of the specification): a file that lists them,
 * and what they are told beside it. Immutable and thread-safe: each method that takes something returns a new value. See {@link
 * dev.sandjar.Network#cni(CniNetwork)}.
 *
 * <p>Plugins are programs of the host. They run without a sandbox but for the namespaces that {@link CniMode} says, without new privileges
 * ({@code no_new_privs}), and with what they start are ended after the {@linkplain #timeout() timeout}. What they answer is checked. The
 * configuration and the directories of plugins are trusted.
 */
public final class CniNetwork {
    private static final List<Path> PLUGIN_PATH =
            List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"), Path.of("/usr/libexec/cni"));
    private static final Path STATE = Path.of("/var/lib/sandjar/cni");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration TIMEOUT_MIN = Duration.ofMillis(1);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(1);
    private static final int LIST_MAX = 256;
    private static final Pattern INTERFACE = Pattern.compile("(?![.]{1,2}$)[!-.0-9;-~]{1,15}");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]{1,128}");
    private static final Pattern VALUE = Pattern.compile("[^\\p{Cntrl};]{0,1024}");
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?");

    private final Parts parts;

    /** What there is to say; changed only before it is anybody's. */
    private static final class Parts implements Cloneable {
        private final Path configuration;
        private CniMode mode = CniMode.KEEPER;
        private List<Path> pluginPath = PLUGIN_PATH;
        private String interfaceName = "eth0";
        private Map<String, String> arguments = Map.of();
        private List<CniPortMapping> portMappings = List.of();
        private Optional<CniBandwidth> bandwidth = Optional.empty();
        private List<String> addresses = List.of();
        private Optional<String> mac = Optional.empty();
        private List<InetAddress> nameServers = List.of();
        private List<String> searchDomains = List.of();
        private List<String> aliases = List.of();
        private Duration timeout = TIMEOUT;
        private Path stateDirectory = STATE;

        Parts(Path configuration) {
            this.configuration = configuration;
        }

        Parts copy() {
            try {
                return (Parts) clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }

        List<Object> all() {
            return List.of(
                    configuration,
                    mode,
                    pluginPath,
                    interfaceName,
                    arguments,
                    portMappings,
                    bandwidth,
                    addresses,
                    mac,
                    nameServers,
                    searchDomains,
                    aliases,
                    timeout,
                    stateDirectory);
        }
    }

    private CniNetwork(Parts parts) {
        this.parts = parts;
    }

    private interface Change {
        void on(Parts parts);
    }

    private CniNetwork with(Change change) {
        Parts next = parts.copy();
        change.on(next);
        return new CniNetwork(next);
    }

    /**
     * Names a configuration: a list of plugins ({@code .conflist}), or one plugin ({@code .conf}, {@code .json}).
     *
     * @param configuration the file, such as {@code /etc/cni/net.d/10-mynet.conflist}, of 1 MiB at most; read at each start, which refuses
     *     a link that a sandbox may have put on the way
     * @return the network, with plugins of {@code /opt/cni/bin}, {@code /usr/lib/cni} and {@code /usr/libexec/cni}
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static CniNetwork of(Path configuration) {
        return new CniNetwork(new Parts(Checks.hostPath("CNI configuration", configuration)));
    }

    /**
     * Sets whose network namespace plugins work in.
     *
     * @param mode the default is {@link CniMode#KEEPER}
     * @return a new value
     */
    public CniNetwork mode(CniMode mode) {
        Objects.requireNonNull(mode, "mode");
        return with(p -> p.mode = mode);
    }

    /**
     * Sets where plugins are looked for, in this order: CNI_PATH. Those that are there have to belong to root or the user of this process, and
     * nobody else may write to them.
     *
     * @param directories 1 to 256, of which none has a colon in its name
     * @return a new value
     * @throws IllegalArgumentException if there are none or too many, or one has a colon or is in another file system than the default one
     */
    public CniNetwork pluginPath(Path... directories) {
        Checks.elements("directories", directories);
        Checks.range("number of directories", directories.length, 1, LIST_MAX);
        List<Path> all = new ArrayList<>();
        for (Path directory : directories) {
            Path path = Checks.hostPath("directory of plugins", directory);
            if (path.toString().indexOf(':') >= 0) {
                throw new IllegalArgumentException(
                        "directory of plugins " + PathBytes.shown(path) + " has a colon, which CNI_PATH can't have");
            }
            all.add(path);
        }
        return with(p -> p.pluginPath = List.copyOf(all));
    }

    /**
     * Sets what the interface in the sandbox is called: CNI_IFNAME.
     *
     * @param name 1 to 15 visible ASCII characters without slash and colon, and neither "." nor ".."; the default is "eth0"
     * @return a new value
     * @throws IllegalArgumentException if the name is malformed
     */
    public CniNetwork interfaceName(String name) {
        Objects.requireNonNull(name, "name");
        if (!INTERFACE.matcher(name).matches() || name.equals("lo")) {
            throw new IllegalArgumentException("interface name " + Printable.quote(name)
                    + " is not of 1 to 15 visible ASCII characters without slash and colon, or is \"lo\"");
        }
        return with(p -> p.interfaceName = name);
    }

    /**
     * Adds an argument for all plugins: CNI_ARGS.
     *
     * @param key 1 to 128 letters, digits, underscores, dots and hyphens
     * @param value up to 1024 characters without semicolon and control characters
     * @return a new value
     * @throws IllegalArgumentException if one is malformed, or there are more than 256
     */
    public CniNetwork argument(String key, String value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        if (!KEY.matcher(key).matches() || !VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "argument " + Printable.quote(key + "=" + value) + " can't be one of CNI_ARGS");
        }
        Map<String, String> all = new LinkedHashMap<>(parts.arguments);
        all.put(key, value);
        Checks.range("number of arguments", all.size(), 1, LIST_MAX);
        return with(p -> p.arguments = Collections.unmodifiableMap(all));
    }

    /**
     * Adds a mapping of a port, for a plugin with the capability {@code portMappings}; without one, starts are refused.
     *
     * @param mapping which port
     * @return a new value
     * @throws IllegalArgumentException if there are more than 256
     */
    public CniNetwork portMapping(CniPortMapping mapping) {
        Objects.requireNonNull(mapping, "mapping");
        return with(p -> p.portMappings = more("port mappings", p.portMappings, List.of(mapping)));
    }

    /**
     * Sets how much may pass in a second, for a plugin with the capability {@code bandwidth}; without one, starts are refused.
     *
     * @param bandwidth which bound
     * @return a new value
     */
    public CniNetwork bandwidth(CniBandwidth bandwidth) {
        Objects.requireNonNull(bandwidth, "bandwidth");
        return with(p -> p.bandwidth = Optional.of(bandwidth));
    }

    /**
     * Asks for addresses, from a plugin with the capability {@code ips}; without one, starts are refused.
     *
     * @param addresses each an address of IPv4 or IPv6, followed or not by a slash and the number of bits of its subnet, such as {@code
     *     10.22.0.7/16}
     * @return a new value
     * @throws IllegalArgumentException if one is malformed, or there are more than 256
     */
    public CniNetwork addresses(String... addresses) {
        Checks.elements("addresses", addresses);
        for (String address : addresses) {
            int slash = address.indexOf('/');
            InetAddress parsed = AddressLiterals.parse(slash < 0 ? address : address.substring(0, slash));
            if (slash >= 0) {
                String bits = address.substring(slash + 1);
                int most = parsed.getAddress().length * Byte.SIZE;
                if (!bits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(bits) > most) {
                    throw new IllegalArgumentException(
                            Printable.quote(address) + " has no number of bits, 0 to " + most + ", after its slash");
                }
            }
        }
        return with(p -> p.addresses = more("addresses", List.of(), List.of(addresses)));
    }

    /**
     * Asks for a hardware address, from a plugin with the capability {@code mac}; without one, starts are refused.
     *
     * @param mac six bytes in hexadecimal with colons between them, such as {@code 02:00:00:00:00:07}
     * @return a new value
     * @throws IllegalArgumentException if it is malformed
     */
    public CniNetwork mac(String mac) {
        Objects.requireNonNull(mac, "mac");
        if (!MAC.matcher(mac).matches()) {
            throw new IllegalArgumentException(
                    "hardware address " + Printable.quote(mac) + " is not like \"02:00:00:00:00:07\"");
        }
        return with(p -> p.mac = Optional.of(mac));
    }

    /**
     * Sets whom to ask for names, for a plugin with the capability {@code dns}; without one, starts are refused.
     *
     * @param servers addresses of IPv4 or IPv6
     * @return a new value
     * @throws IllegalArgumentException if one is malformed, or there are more than 256
     */
    public CniNetwork nameServers(String... servers) {
        Checks.elements("servers", servers);
        List<InetAddress> all = new ArrayList<>();
        for (String server : servers) {
            all.add(AddressLiterals.parse(server));
        }
        return with(p -> p.nameServers = more("name servers", List.of(), all));
    }

    /**
     * Sets in which domains names are looked for, for a plugin with the capability {@code dns}; without one, starts are refused.
     *
     * @param domains names of domains
     * @return a new value
     * @throws IllegalArgumentException if one is malformed, or there are more than 256
     */
    public CniNetwork searchDomains(String... domains) {
        Checks.elements("domains", domains);
        names("domain", domains);
        return with(p -> p.searchDomains = more("search domains", List.of(), List.of(domains)));
    }

    /**
     * Sets by which names others in the network find the sandbox, for a plugin with the capability {@code aliases}; without one, starts are
     * refused.
     *
     * @param names of hosts
     * @return a new value
     * @throws IllegalArgumentException if one is malformed, or there are more than 256
     */
    public CniNetwork aliases(String... names) {
        Checks.elements("names", names);
        names("alias", names);
        return with(p -> p.aliases = more("aliases", List.of(), List.of(names)));
    }

    private static void names(String what, String[] names) {
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(what + " " + Printable.quote(name)
                        + " is not of 1 to 253 letters, digits, hyphens, underscores and dots");
            }
        }
    }

    private static <T> List<T> more(String what, List<T> first, List<T> rest) {
        List<T> all = new ArrayList<>(first);
        all.addAll(rest);
        Checks.range("number of " + what, all.size(), 0, LIST_MAX);
        return List.copyOf(all);
    }

    /**
     * Sets how long each run of a plugin may take. What takes longer is killed with all that it has started.
     *
     * @param time 1 ms to 1 hour; the default is 30 seconds
     * @return a new value
     * @throws IllegalArgumentException if out of range
     */
    public CniNetwork timeout(Duration time) {
        Objects.requireNonNull(time, "time");
        if (time.compareTo(TIMEOUT_MIN) < 0 || time.compareTo(TIMEOUT_MAX) > 0) {
            throw new IllegalArgumentException("timeout is " + time + ", allowed is 1 ms to 1 hour");
        }
        return with(p -> p.timeout = time);
    }

    /**
     * Sets where the journal of {@link CniMode#HOST} is kept: a directory for each attachment, with what it takes to remove it.
     *
     * @param directory which only root may write to, or the start is refused; made if it is not there. The default is {@code /var/lib/sandjar/cni}
     * @return a new value
     * @throws IllegalArgumentException if it is in another file system than the default one
     */
    public CniNetwork stateDirectory(Path directory) {
        Path path = Checks.hostPath("state directory", directory);
        return with(p -> p.stateDirectory = path);
    }

    /**
     * Asks each plugin whether it can add sandboxes: STATUS, of version 1.1.0. Starts ask too.
     *
     * @return whether plugins were asked: false if the configuration is of an earlier version
     * @throws CniException if a plugin says that it can't, or can't be run
     * @throws SandboxException if the configuration is malformed, or the namespace can't be made
     * @throws IOException if the launcher has ended
     */
    public boolean status() throws IOException {
        return Engine.get().cni().status(this);
    }

    /**
     * Has each plugin remove what belongs to no attachment of Sandjar's: GC, of version 1.1.0. With {@link CniMode#KEEPER} that is in the
     * namespace of the sandboxes that run, and nothing is done if there are none. With {@link CniMode#HOST} plugins may take attachments that other
     * programs have made with the same name of a network for abandoned ones: it is for networks that nobody else uses.
     *
     * @return whether plugins were asked: false if the configuration is of an earlier version or says {@code disableGC}, or there is no
     *     namespace
     * @throws CniException if a plugin has failed
     * @throws SandboxException if the configuration is malformed, or the journal can't be read
     * @throws IOException if the launcher has ended
     */
    public boolean collectGarbage() throws IOException {
        return Engine.get().cni().collectGarbage(this);
    }

    /** {@return the file that lists the plugins} */
    public Path configuration() {
        return parts.configuration;
    }

    /** {@return whose network namespace plugins work in} */
    public CniMode mode() {
        return parts.mode;
    }

    /** {@return an immutable list of the directories in which plugins are looked for} */
    public List<Path> pluginPath() {
        return parts.pluginPath;
    }

    /** {@return what the interface in the sandbox is called} */
    public String interfaceName() {
        return parts.interfaceName;
    }

    /** {@return an unmodifiable map of the arguments for all plugins, in the order in which they were added} */
    public Map<String, String> arguments() {
        return parts.arguments;
    }

    /** {@return an immutable list of the ports that are mapped} */
    public List<CniPortMapping> portMappings() {
        return parts.portMappings;
    }

    /** {@return how much may pass in a second, empty for no bound} */
    public Optional<CniBandwidth> bandwidth() {
        return parts.bandwidth;
    }

    /** {@return an immutable list of the addresses that are asked for} */
    public List<String> addresses() {
        return parts.addresses;
    }

    /** {@return the hardware address that is asked for, empty for any} */
    public Optional<String> mac() {
        return parts.mac;
    }

    /** {@return an immutable list of those who are asked for names} */
    public List<InetAddress> nameServers() {
        return parts.nameServers;
    }

    /** {@return an immutable list of the domains in which names are looked for} */
    public List<String> searchDomains() {
        return parts.searchDomains;
    }

    /** {@return an immutable list of the names by which others find the sandbox} */
    public List<String> aliases() {
        return parts.aliases;
    }

    /** {@return how long each run of a plugin may take} */
    public Duration timeout() {
        return parts.timeout;
    }

    /** {@return where the journal of {@link CniMode#HOST} is kept} */
    public Path stateDirectory() {
        return parts.stateDirectory;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CniNetwork that && parts.all().equals(that.parts.all());
    }

    @Override
    public int hashCode() {
        return parts.all().hashCode();
    }

    /** Returns the configuration, and the mode if it is not the default one. */
    @Override
    public String toString() {
        return PathBytes.shown(parts.configuration) + (parts.mode == CniMode.HOST ? " in the host's network" : "");
    }
}
