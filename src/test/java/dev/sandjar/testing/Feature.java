package dev.sandjar.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel test may need. Found without the code under test, by trying; the name in {@code sandjar.mustWork} is the
 * constant's in lower case, with hyphens.
 */
public enum Feature {
    /** Root of the host, who may mount. */
    ROOT(true),
    /** Root with what Docker leaves to a container: some capabilities, and not CAP_SYS_ADMIN. */
    DOCKER_ROOT(true),
    /** Root without any capability. */
    ROOT_WITHOUT_CAPABILITIES(true),
    /** A user that is not root. */
    UNPRIVILEGED(true),
    /** Root of a user namespace in which only few ids exist, as by {@code unshare -r}. */
    MAPPED_ROOT(true),
    /** Root of one or the other kind. */
    CAPABLE(true),
    /** New user namespaces. */
    USERNS(false),
    /** Ids for a range: root's, or subordinate ones. */
    ID_RANGE(false),
    /** overlayfs in a user namespace or as root. */
    OVERLAY(false),
    /** Time namespaces. */
    TIMENS(false),
    /** Memory policies, and a file that tells them. */
    NUMA(false),
    /** POSIX message queues. */
    MQUEUE(false),
    /** The host's /proc is fully visible. */
    PROC(false),
    /** A mount below another that everybody may write to: /dev/shm. */
    SUBMOUNT(false),
    /** python3 in /usr/bin. */
    PYTHON(false),
    /** libseccomp.so.2, for comparison. */
    LIBSECCOMP(false),
    /** Landlock, of whatever version. */
    LANDLOCK(false),
    /** Landlock of version 6 or later. */
    LANDLOCK_SCOPES(true),
    /** Landlock before version 6. */
    LANDLOCK_OLD(true),
    /** node in /usr/bin. */
    NODE(false),
    /** nf_tables with connection tracking, in a network of one's own. */
    NF_TABLES(false),
    /** nf_tables of bridges, in a network of one's own. */
    NFT_BRIDGE(false),
    /** Token bucket filters, in a network of one's own. */
    TBF(false),
    /** tc in /usr/sbin. */
    TC(false),
    /** nft in /usr/sbin. */
    NFT(false),
    /** Debian's plugins of CNI in /usr/lib/cni, and iptables, which they run. */
    CNI_PLUGINS(false),
    /** Open vSwitch, and ethtool. */
    OPENVSWITCH(false),
    /** pasta in /usr/bin, and /dev/net/tun for this user. */
    PASTA(true),
    /** slirp4netns in /usr/bin, and /dev/net/tun for this user. */
    SLIRP4NETNS(true),
    /** gcc in /usr/bin. */
    GCC(false),
    /** gcc makes programs with AddressSanitizer. */
    ASAN(false),
    /** strace in /usr/bin. */
    STRACE(false),
    /** gdb in /usr/bin. */
    GDB(false),
    /** git in /usr/bin. */
    GIT(false),
    /** curl in /usr/bin. */
    CURL(false),
    /** npm in /usr/bin. */
    NPM(false),
    /** pip of the python3 in /usr/bin. */
    PIP(false),
    /** go in /usr/bin. */
    GO(false),
    /** sqlite3 in /usr/bin. */
    SQLITE(false),
    /** openssl in /usr/bin. */
    OPENSSL(false),
    /** umoci in /usr/bin, for images of other tools and comparison. */
    UMOCI(false),
    /** skopeo in /usr/bin. */
    SKOPEO(false),
    /** buildah in /usr/bin. */
    BUILDAH(false),
    /** docker-registry in /usr/bin. */
    DOCKER_REGISTRY(false),
    /** musl-gcc in /usr/bin. */
    MUSL(false),
    /** A static busybox in /bin, for roots that hold nothing else. */
    BUSYBOX(false),
    /** ps in /usr/bin. */
    PS(false),
    /** The program that takes more than its share, built from src/test/native. */
    BOMB(false),
    /** readelf of the binutils. */
    READELF(false),
    /** Programs of this build that may lie anywhere in memory, which not every compiler can make. */
    HARDENED(false),
    /** A kernel that gives each program other addresses. */
    RANDOM_ADDRESSES(false),
    /** Two CPUs at least. */
    TWO_CPUS(false),
    /** Cgroups that limit memory. */
    CGROUP_MEMORY(true),
    /** Cgroups that limit and count CPU time. */
    CGROUP_CPU(true),
    /** Cgroups that choose CPUs. */
    CGROUP_CPUSET(true),
    /** Cgroups that limit the number of processes. */
    CGROUP_PIDS(true),
    /** Cgroups that can be frozen. */
    CGROUP_FREEZER(true),
    /** Cgroups of version 2. */
    CGROUP_V2(true),
    /** No cgroups that this process may make. */
    NO_CGROUPS(true);

    private static final int SCOPES = 6;
    private static final int SYS_ADMIN = 21;
    private static final int SETFCAP = 31;
    private static final Map<Feature, Optional<String>> FOUND = new ConcurrentHashMap<>();

    private final boolean identity;

    Feature(boolean identity) {
        this.identity = identity;
    }

    /**
     * Whether it is about who runs the tests, and what that user was given; "all" in {@code sandjar.mustWork} doesn't mean those,
     * which exclude each other.
     */
    public boolean isIdentity() {
        return identity;
    }

    /** The name in {@code sandjar.mustWork}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Why it is not there; empty if it is. */
    public Optional<String> missing() {
        // No computeIfAbsent: looking for one may ask for another, and finding it twice does no harm.
        Optional<String> found = FOUND.get(this);
        if (found == null) {
            found = Optional.ofNullable(look());
            FOUND.put(this, found);
        }
        return found;
    }

    public boolean isPresent() {
        return missing().isEmpty();
    }

    private @Nullable String look() {
        return switch (this) {
            case ROOT ->
                isRoot() && mapsAll() && has(SYS_ADMIN) ? null : "this is not root of the host with CAP_SYS_ADMIN";
            case DOCKER_ROOT ->
                isRoot() && !has(SYS_ADMIN) && has(SETFCAP) ? null : "this is not root with Docker's capabilities";
            case ROOT_WITHOUT_CAPABILITIES ->
                isRoot() && capabilities() == 0 ? null : "this is not root without capabilities";
            case MAPPED_ROOT -> isRoot() && !mapsAll() ? null : "this is not root of a user namespace";
            case CAPABLE -> isRoot() && has(SYS_ADMIN) ? null : "this is not root with CAP_SYS_ADMIN";
            case UNPRIVILEGED -> isRoot() ? "this is root" : null;
            case USERNS -> tried("unshare", "--user", "--map-root-user", "true");
            case ID_RANGE -> mapsAll() && isRoot() && has(SYS_ADMIN) ? null : subordinateIds();
            case OVERLAY -> overlay();
            case TIMENS -> Files.exists(Path.of("/proc/self/ns/time")) ? null : "the kernel has no time namespaces";
            case NUMA ->
                Files.exists(Path.of("/proc/self/numa_maps"))
                        ? null
                        : "the kernel has no memory policies (CONFIG_NUMA)";
            case MQUEUE -> tried(inNamespaces("--mount", "--ipc", "mount -t mqueue none /mnt"));
            case PROC -> tried(inNamespaces("--mount", "--pid", "mount -t proc none /proc"));
            case SUBMOUNT -> read("/proc/self/mountinfo").contains(" /dev/shm ") ? null : "/dev/shm is no mount";
            case PYTHON -> executable("/usr/bin/python3");
            case LIBSECCOMP -> library("libseccomp.so.2");
            case LANDLOCK -> landlock() > 0 ? null : "the kernel has no Landlock, or it is off";
            case LANDLOCK_SCOPES -> landlock() >= SCOPES ? null : "Landlock is of version " + landlock();
            case LANDLOCK_OLD -> landlock() > 0 && landlock() < SCOPES ? null : "Landlock is of version " + landlock();
            case NODE -> executable("/usr/bin/node");
            case NF_TABLES -> nfTables();
            case NFT_BRIDGE -> nfTablesOfBridges();
            case TBF -> tokenBuckets();
            case TC -> executable("/usr/sbin/tc");
            case NFT -> executable("/usr/sbin/nft");
            case CNI_PLUGINS ->
                Stream.of("/usr/lib/cni/bridge", "/usr/lib/cni/portmap", "/usr/sbin/iptables")
                        .map(Feature::executable)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
            case OPENVSWITCH ->
                Stream.of("/usr/sbin/ovs-vswitchd", "/usr/sbin/ethtool")
                        .map(Feature::executable)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
            case PASTA -> userMode("/usr/bin/pasta");
            case SLIRP4NETNS -> userMode("/usr/bin/slirp4netns");
            case GCC -> executable("/usr/bin/gcc");
            case ASAN ->
                tried("sh", "-c", "echo 'int main(void){return 0;}' | gcc -fsanitize=address -x c -o /dev/null -");
            case STRACE -> executable("/usr/bin/strace");
            case GDB -> executable("/usr/bin/gdb");
            case GIT -> executable("/usr/bin/git");
            case CURL -> executable("/usr/bin/curl");
            case NPM -> executable("/usr/bin/npm");
            case PIP -> tried("/usr/bin/python3", "-m", "pip", "--version");
            case GO -> executable("/usr/bin/go");
            case SQLITE -> executable("/usr/bin/sqlite3");
            case OPENSSL -> executable("/usr/bin/openssl");
            case UMOCI -> executable("/usr/bin/umoci");
            case SKOPEO -> executable("/usr/bin/skopeo");
            case BUILDAH -> executable("/usr/bin/buildah");
            case DOCKER_REGISTRY -> executable("/usr/bin/docker-registry");
            case MUSL -> executable("/usr/bin/musl-gcc");
            case BUSYBOX -> staticProgram("/bin/busybox");
            case PS -> executable("/usr/bin/ps");
            case BOMB -> executable(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"));
            case READELF -> executable("/usr/bin/readelf");
            case HARDENED -> hardened();
            case RANDOM_ADDRESSES -> randomAddresses();
            case TWO_CPUS -> Runtime.getRuntime().availableProcessors() > 1 ? null : "there is one CPU";
            case CGROUP_MEMORY -> CgroupControllers.missing("memory");
            case CGROUP_CPU -> CgroupControllers.missing("cpu");
            case CGROUP_CPUSET -> CgroupControllers.missing("cpuset");
            case CGROUP_PIDS -> CgroupControllers.missing("pids");
            case CGROUP_FREEZER -> CgroupControllers.missing("freezer");
            case CGROUP_V2 -> read("/proc/self/mountinfo").contains(" - cgroup ") ? "cgroups are of version 1" : null;
            case NO_CGROUPS -> CgroupControllers.missing("pids") == null ? "this process may make cgroups" : null;
        };
    }

    private static String[] inNamespaces(String first, String second, String script) {
        return new String[] {"unshare", "--user", "--map-root-user", "--fork", first, second, "sh", "-c", script};
    }

    private static @Nullable String tried(String... command) {
        HostProgram.Result result = HostProgram.run(command);
        return result.exit() == 0
                ? null
                : String.join(" ", command) + ": " + result.err().strip();
    }

    private static @Nullable String userMode(String program) {
        Path tun = Path.of("/dev/net/tun");
        return Files.isReadable(tun) && Files.isWritable(tun) ? executable(program) : tun + " is not for this user";
    }

    /** Asks the kernel for a table, a chain, and a rule that reads the state of connections. */
    private static @Nullable String nfTables() {
        return rules(1, "a(1, b'ct' + bytes(1)) + a(0x8002, a(2, struct.pack('>I', 0)) + a(1, struct.pack('>I', 1)))");
    }

    /** Asks the kernel for a table, a chain, and a rule that reads the port by which a frame came. */
    private static @Nullable String nfTablesOfBridges() {
        return rules(
                7, "a(1, b'meta' + bytes(1)) + a(0x8002, a(2, struct.pack('>I', 4)) + a(1, struct.pack('>I', 1)))");
    }

    private static @Nullable String rules(int family, String expression) {
        return tried(
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "/usr/bin/python3",
                "-I",
                "-c",
                """
                import socket, struct, sys
                def a(t, v): return struct.pack('=HH', 4 + len(v), t) + v + bytes(-len(v) % 4)
                def m(t, f, n, family, v=b''):
                    b = struct.pack('>BBH', family, 0, 0 if family else 10) + v
                    return struct.pack('=IHHII', 16 + len(b), t, f | 1, n, 0) + b
                t, c = a(1, b't' + bytes(1)), b'c' + bytes(1)
                state = a(0x8001, EXPRESSION)
                s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
                s.settimeout(10)
                s.send(m(16, 0, 0, 0) + m(2560, 0x404, 1, FAMILY, t) + m(2563, 0x404, 2, FAMILY, t + a(3, c))
                    + m(2566, 0xc04, 3, FAMILY, t + a(2, c) + a(0x8004, state)) + m(17, 0, 0, 0))
                for n in range(3):
                    error = -struct.unpack_from('=i', s.recv(4096), 16)[0]
                    if error: sys.exit('the kernel refuses message %d: error %d' % (n + 1, error))
                """
                        .replace("EXPRESSION", expression)
                        .replace("FAMILY", Integer.toString(family)));
    }

    /** Asks the kernel for one at the loopback device. */
    private static @Nullable String tokenBuckets() {
        return tried(
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "/usr/bin/python3",
                "-I",
                "-c",
                """
                import socket, struct, sys
                def a(t, v): return struct.pack('=HH', 4 + len(v), t) + v + bytes(-len(v) % 4)
                parameters = bytes([0, 1]) + bytes(6) + struct.pack('=I', 9999) + bytes(12) + struct.pack('=III', 9999, 0, 0)
                b = struct.pack('=BxxxiIII', 0, 1, 0, 0xffffffff, 0) + a(1, b'tbf' + bytes(1))
                b += a(2, a(1, parameters) + a(6, struct.pack('=I', 9999)))
                s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
                s.settimeout(10)
                s.send(struct.pack('=IHHII', 16 + len(b), 36, 0x405, 1, 0) + b)
                error = -struct.unpack_from('=i', s.recv(4096), 16)[0]
                if error: sys.exit('the kernel refuses it: error %d' % error)
                """);
    }

    private static @Nullable String overlay() {
        try {
            Path directory = Files.createTempDirectory("sandjar-overlay");
            for (String name : List.of("lower", "upper", "work")) {
                Files.createDirectory(directory.resolve(name));
            }
            try {
                String options = "lowerdir=" + directory + "/lower,upperdir=" + directory + "/upper,workdir="
                        + directory + "/work,userxattr";
                return tried(inNamespaces(
                        "--mount", "--ipc", "mount -t overlay none -o " + options + " " + directory + "/lower"));
            } finally {
                HostProgram.run("sh", "-c", "chmod -R u+rwx " + directory + "; rm -rf " + directory);
            }
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static @Nullable String subordinateIds() {
        for (String program : List.of("/usr/bin/newuidmap", "/usr/bin/newgidmap")) {
            String missing = executable(program);
            if (missing != null) {
                return missing;
            }
        }
        if (isRoot()) {
            return "the ids of this user namespace are no more than its map has";
        }
        String name = HostProgram.run("id", "-un").out().strip();
        for (String file : List.of("/etc/subuid", "/etc/subgid")) {
            if (!read(file).lines().anyMatch(line -> line.startsWith(name + ":"))) {
                return file + " has no ids for " + name;
            }
        }
        return null;
    }

    /** Asked of the kernel itself. */
    private static int landlock() {
        int createRuleset = 444;
        int version = 1;
        return Math.max(
                0, com.sun.jna.NativeLibrary.getProcess().getFunction("syscall").invokeInt(new Object[] {
                    (long) createRuleset, null, 0L, (long) version
                }));
    }

    private static @Nullable String hardened() {
        String arch = System.getProperty("os.arch");
        String platform = arch.equals("amd64") ? "x86-64" : arch;
        String name = "/linux-" + platform + "/sandjar-launcher.properties";
        try (InputStream description = Feature.class.getResourceAsStream(name)) {
            Properties properties = new Properties();
            properties.load(description);
            String hardening = properties.getProperty("hardening");
            return hardening.contains("static-PIE")
                    ? null
                    : properties.getProperty("compiler") + " made programs that are " + hardening;
        } catch (IOException e) {
            return name + ": " + e;
        }
    }

    private static @Nullable String randomAddresses() {
        String setting = read("/proc/sys/kernel/randomize_va_space").strip();
        if (setting.equals("0")) {
            return "kernel.randomize_va_space is 0";
        }
        int noRandom = 0x0040000;
        int personality = com.sun.jna.NativeLibrary.getProcess()
                .getFunction("personality")
                .invokeInt(new Object[] {0xffffffffL});
        return (personality & noRandom) == 0 ? null : "this process runs without, by personality(2)";
    }

    private static @Nullable String library(String name) {
        try {
            com.sun.jna.NativeLibrary.getInstance(name);
            return null;
        } catch (UnsatisfiedLinkError e) {
            return name + " is not there";
        }
    }

    private static @Nullable String executable(String path) {
        return Files.isExecutable(Path.of(path)) ? null : path + " is not there";
    }

    private static @Nullable String staticProgram(String path) {
        boolean dynamic = HostProgram.run("ldd", path).out().contains("=>");
        return dynamic ? path + " is linked with libraries" : executable(path);
    }

    private static boolean isRoot() {
        return HostProgram.run("id", "-u").out().strip().equals("0");
    }

    private static boolean has(int capability) {
        return (capabilities() >>> capability & 1) != 0;
    }

    private static long capabilities() {
        return read("/proc/self/status")
                .lines()
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .findFirst()
                .orElse(0);
    }

    private static boolean mapsAll() {
        return read("/proc/self/uid_map").strip().matches("0 +0 +4294967295");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
