package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins of CNI in "the host's" network, which here is one that the test has made, with a /run of its own. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.PYTHON})
class CniHostIT {
    private static final String SCRIPT =
            """
            #!/bin/sh
            dir=$(dirname "$0")
            name=$(basename "$0")
            cat >"$dir/$name.$CNI_COMMAND.input"
            case $CNI_COMMAND in
            VERSION) echo '{"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}'; exit 0;;
            STATUS) exit 0;;
            esac
            echo "$CNI_COMMAND $name $CNI_CONTAINERID" >>"$dir/log"
            test -z "$CNI_NETNS" || stat -Lf -c %T "$CNI_NETNS" >>"$dir/netns"
            if test -e "$dir/$name.$CNI_COMMAND.hang"; then echo hangs >"$dir/hangs"; exec sleep 1000; fi
            if test $CNI_COMMAND = ADD; then echo '{"cniVersion": "1.1.0", "by": "'$name'"}'; fi
            """;

    @TempDir
    Path directory;

    private Process namespaces;
    private final List<Process> jvms = new ArrayList<>();

    @BeforeEach
    void make() throws Exception {
        namespaces = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-c",
                        "mount -t tmpfs none /run && ip link set lo up && echo up && exec cat")
                .start();
        assertEquals("up", namespaces.inputReader().readLine());
    }

    @AfterEach
    void end() throws Exception {
        jvms.forEach(Process::destroyForcibly);
        namespaces.getOutputStream().close();
        assertTrue(namespaces.waitFor(20, TimeUnit.SECONDS));
    }

    private List<String> inside(List<String> command) {
        List<String> all = new ArrayList<>(
                List.of("nsenter", "--target", Long.toString(namespaces.pid()), "--net", "--mount", "--"));
        // The directory changes with the mount namespace.
        all.addAll(List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", System.getProperty("user.dir")));
        all.addAll(command);
        return all;
    }

    private String host(String script) {
        HostProgram.Result result =
                HostProgram.run(inside(List.of("sh", "-c", script)).toArray(String[]::new));
        return (result.out() + result.err()).strip();
    }

    private Path state() {
        return directory.resolve("state");
    }

    private List<String> journal() throws IOException {
        try (var files = Files.list(state())) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private final class Other {
        private final Process process;
        private final BufferedReader out;

        Other(Path configuration, Path plugins, String... more) throws IOException {
            this(CniHostMain.class, configuration, plugins, more);
        }

        Other(Class<?> main, Path configuration, Path plugins, String... more) throws IOException {
            List<String> arguments =
                    new ArrayList<>(List.of(configuration.toString(), state().toString(), plugins.toString()));
            arguments.addAll(List.of(more));
            ProcessBuilder builder = Jvm.builder(main, List.of(), arguments.toArray(String[]::new));
            process = builder.command(inside(builder.command()))
                    .redirectErrorStream(false)
                    .redirectError(directory.resolve("errors" + jvms.size()).toFile())
                    .start();
            jvms.add(process);
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        void tell(String line) throws IOException {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        String ask(String line) throws IOException {
            tell(line);
            String answer = out.readLine();
            assertNotNull(answer, () -> errors());
            return answer;
        }

        void end() throws Exception {
            process.getOutputStream().close();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), CniHostIT.this::errors);
        }

        /** By SIGKILL, which leaves it no time for anything. */
        void kill() throws Exception {
            process.destroyForcibly();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        }
    }

    private String errors() {
        return HostProgram.sh("cat " + directory + "/errors*");
    }

    /** Of Debian's bridge it is known that it removes masquerading only while the namespace of the sandbox is there. */
    private Path bridges(boolean masquerades) throws IOException {
        return Files.writeString(
                directory.resolve("10-mynet.conflist"),
                """
                {"cniVersion": "1.0.0", "name": "mynet", "plugins": [
                  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": %s,
                   "ipam": {"type": "host-local", "subnet": "10.22.0.0/16", "dataDir": "%s"}},
                  {"type": "portmap", "capabilities": {"portMappings": true}}, {"type": "firewall"}, {"type": "tuning"}]}
                """
                        .formatted(masquerades, directory.resolve("leases")));
    }

    private List<String> leases() throws IOException {
        try (var files = Files.list(directory.resolve("leases/mynet"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("10."))
                    .sorted()
                    .toList();
        }
    }

    private String rulesOf(String id) {
        return host("iptables-save | grep -c " + id.substring(0, 20) + " || true");
    }

    @Test
    @NeedsHost(Feature.CNI_PLUGINS)
    void pluginsWorkThereAndDelRemovesWhatTheyHaveMade() throws Exception {
        Other jvm = new Other(bridges(true), Path.of("/usr/lib/cni"), "8080");
        String[] started = jvm.ask("start").split(" ");
        assertEquals("[10.22.0.2/16]", started[1]);
        assertEquals(List.of("10.22.0.2"), leases());
        assertEquals(List.of(started[0]), journal());
        assertEquals("1", host("ip link show master cni0 | grep -c ' veth'"));
        String connect =
                "python3 -I -c \"import socket; print(socket.create_connection(('10.22.0.2', 80), 5).recv(1))\"";
        assertEquals("b''", host(connect));
        assertFalse(rulesOf(started[0]).equals("0"), "the rules of the mapped port");
        assertEquals("stopped", jvm.ask("stop"));
        assertEquals(List.of(), leases());
        assertEquals(List.of(), journal());
        assertEquals("0", rulesOf(started[0]));
        assertEquals("0", host("ip link show master cni0 | grep -c ' veth' || true"));
        jvm.end();
    }

    @Test
    @NeedsHost(Feature.CNI_PLUGINS)
    void whatAKilledJvmHasLeftTheNextOneRemoves() throws Exception {
        Other killed = new Other(bridges(false), Path.of("/usr/lib/cni"), "8080");
        String[] left = killed.ask("start").split(" ");
        killed.kill();
        assertEquals(List.of("10.22.0.2"), leases(), "nobody has removed it");
        assertEquals(List.of(left[0]), journal());
        assertFalse(rulesOf(left[0]).equals("0"));
        Other next = new Other(bridges(false), Path.of("/usr/lib/cni"), "8080");
        String[] started = next.ask("start").split(" ");
        assertEquals(List.of(started[0]), journal());
        assertEquals("0", rulesOf(left[0]));
        assertEquals(List.of(started[1].replaceAll("[^0-9.]*([0-9.]+)/.*", "$1")), leases());
        // One that lives is left alone.
        Other third = new Other(bridges(false), Path.of("/usr/lib/cni"));
        third.ask("start");
        assertEquals(2, journal().size());
        assertEquals("stopped", third.ask("stop"));
        assertEquals(List.of(started[0]), journal());
        assertFalse(rulesOf(started[0]).equals("0"));
        assertEquals("stopped", next.ask("stop"));
        assertEquals(List.of(), leases());
        assertEquals(List.of(), journal());
        next.end();
        third.end();
    }

    private Path scripts() throws IOException {
        Path plugins = Files.createDirectories(directory.resolve("bin"));
        for (String name : List.of("a", "b", "c")) {
            script(plugins.resolve(name));
        }
        return plugins;
    }

    private static void script(Path file) throws IOException {
        Files.setPosixFilePermissions(Files.writeString(file, SCRIPT), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path listOfScripts() throws IOException {
        return Files.writeString(
                directory.resolve("scripts.conflist"),
                "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", \"plugins\": [{\"type\": \"a\"}, {\"type\": \"b\"}, {\"type\": \"c\"}]}");
    }

    private List<String> log(Path plugins) throws IOException {
        return Files.readAllLines(plugins.resolve("log"));
    }

    private static List<String> of(String id, String... lines) {
        return List.of(lines).stream().map(line -> line + " " + id).toList();
    }

    @Test
    void oneThatIsKilledWhileAPluginAddsIsMadeUpForToo() throws Exception {
        Path plugins = scripts();
        Files.writeString(plugins.resolve("b.ADD.hang"), "");
        Other killed = new Other(listOfScripts(), plugins);
        killed.tell("start");
        assertTrue(Await.within(Duration.ofSeconds(30), () -> Files.exists(plugins.resolve("hangs"))), this::errors);
        killed.kill();
        String id = journal().get(0);
        assertEquals(of(id, "ADD a", "ADD b"), log(plugins));
        Files.delete(plugins.resolve("b.ADD.hang"));
        Files.delete(plugins.resolve("log"));
        Other next = new Other(listOfScripts(), plugins);
        String started = next.ask("start").split(" ")[0];
        List<String> expected = new ArrayList<>(of(id, "DEL c", "DEL b", "DEL a"));
        expected.addAll(of(started, "ADD a", "ADD b", "ADD c"));
        assertEquals(expected, log(plugins));
        assertTrue(
                Files.readString(plugins.resolve("a.DEL.input")).contains("\"by\" : \"a\""), "what the first has said");
        assertEquals("nsfs", Files.readAllLines(plugins.resolve("netns")).get(0), "CNI_NETNS of those that add");
        assertEquals("true", next.ask("gc"));
        assertTrue(Files.readString(plugins.resolve("a.GC.input")).contains(started));
        assertFalse(Files.readString(plugins.resolve("a.GC.input")).contains(id));
        assertEquals("stopped", next.ask("stop"));
        next.end();
        assertEquals(List.of(), journal());
    }

    @Test
    void aPluginThatIsMissingKeepsNothingFromStartingAndIsAskedLater() throws Exception {
        Path plugins = scripts();
        Other killed = new Other(listOfScripts(), plugins);
        String id = killed.ask("start").split(" ")[0];
        killed.kill();
        Files.delete(plugins.resolve("log"));
        Files.delete(plugins.resolve("c"));
        Path rest = Files.writeString(
                directory.resolve("rest.conflist"),
                "{\"cniVersion\": \"1.1.0\", \"name\": \"rest\", \"plugins\": [{\"type\": \"a\"}]}");
        Other next = new Other(rest, plugins);
        String started = next.ask("start").split(" ")[0];
        assertEquals(of(id, "DEL b", "DEL a"), log(plugins).subList(0, 2));
        assertEquals(
                List.of(id, started).stream().sorted().toList(),
                journal().stream().sorted().toList());
        assertEquals("stopped", next.ask("stop"));
        assertEquals(List.of(id), journal());
        assertTrue(errors().contains("CNI plugin c"), errors());
        script(plugins.resolve("c"));
        next.ask("start");
        next.ask("stop");
        assertEquals(List.of(), journal());
        assertTrue(log(plugins).containsAll(of(id, "DEL c")));
        next.end();
    }

    private Path entry(String id, Path plugins, String type, String variables) throws IOException {
        Path entry = Files.createDirectories(state().resolve(id));
        Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(entry, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                entry.resolve("attachment.json"),
                """
                {"format": 1, "network": "net", "cniVersion": "1.1.0", "variables": {%s},
                 "pluginPath": ["%s"], "plugins": [{"type": "%s", "name": "net", "cniVersion": "1.1.0"}]}
                """
                        .formatted(variables, plugins, type));
        return entry;
    }

    private static String variables(String id) {
        return "\"CNI_CONTAINERID\": \"" + id + "\", \"CNI_IFNAME\": \"eth0\", \"CNI_ARGS\": \"\"";
    }

    /** What is in the journal says what root runs. */
    @Test
    void aJournalThatOthersCouldHaveWrittenIsRefused() throws Exception {
        Path plugins = scripts();
        String id = "sandjar-" + "0".repeat(32);
        entry(id, plugins, "a", variables(id));
        Files.setAttribute(state(), "unix:uid", 1000);
        assertTrue(refused(plugins).contains("it belongs to user 1000"), this::errors);
        Files.setAttribute(state(), "unix:uid", 0);
        Files.setAttribute(state(), "unix:gid", 1000);
        Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString("rwxrwx---"));
        assertTrue(refused(plugins).contains("others may write to it: its mode is 0770"), this::errors);
        assertFalse(Files.exists(plugins.resolve("log")), "nothing was run");
        Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString("rwxr-x---"));
        Other next = new Other(listOfScripts(), plugins);
        next.ask("start");
        assertEquals(of(id, "DEL a"), log(plugins).subList(0, 1), "the same, where nobody else could");
        next.ask("stop");
        next.end();
    }

    private String refused(Path plugins) throws Exception {
        Other jvm = new Other(listOfScripts(), plugins);
        jvm.tell("start");
        assertNull(jvm.out.readLine(), "it has ended");
        return errors();
    }

    @Test
    void anEntryRunsNothingButPluginsOfThisJvmsDirectories() throws Exception {
        Path plugins = scripts();
        Path others = Files.createDirectories(directory.resolve("others"));
        script(others.resolve("other"));
        script(others.resolve("a"));
        String strange = "sandjar-" + "1".repeat(32);
        String moved = "sandjar-" + "2".repeat(32);
        String stranger = "sandjar-" + "3".repeat(32);
        String variable = "sandjar-" + "4".repeat(32);
        String renamed = "sandjar-" + "5".repeat(32);
        entry(strange, others, "other", variables(strange));
        entry(moved, others, "a", variables(moved));
        Files.setAttribute(
                entry(stranger, plugins, "a", variables(stranger)).resolve("attachment.json"), "unix:uid", 1000);
        entry(variable, plugins, "a", variables(variable) + ", \"LD_PRELOAD\": \"/x\"");
        entry(renamed, plugins, "a", variables(moved));
        Other next = new Other(listOfScripts(), plugins);
        String started = next.ask("start").split(" ")[0];
        List<String> expected = new ArrayList<>(of(moved, "DEL a"));
        expected.addAll(of(started, "ADD a", "ADD b", "ADD c"));
        assertEquals(expected, log(plugins));
        assertFalse(Files.exists(others.resolve("log")), "nothing was run there");
        next.ask("stop");
        assertEquals(
                List.of(strange, stranger, variable, renamed),
                journal().stream().sorted().toList());
        for (String why :
                List.of("CNI plugin other, VERSION", "no variable", "may be somebody else's", "not the name")) {
            assertTrue(errors().contains(why), () -> why + ": " + errors());
        }
        next.end();
    }

    /** One end of a pair of interfaces becomes a port of the switch. A switch in user space computes no check sums for others. */
    private static final String OVS =
            """
            #!/bin/sh -e
            cat >/dev/null
            port=v$(echo "$CNI_CONTAINERID" | cut -c 9-20)
            case $CNI_COMMAND in
            VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}';;
            ADD)
                address=${CNI_ARGS#IP=}
                ip link add "$port" type veth peer name "p$port"
                ethtool -K "$port" tx off >&2
                ethtool -K "p$port" tx off >&2
                exec 9<"$CNI_NETNS"
                ip link set "p$port" netns /proc/self/fd/9 name "$CNI_IFNAME"
                nsenter --net="$CNI_NETNS" ip addr add "$address" dev "$CNI_IFNAME"
                nsenter --net="$CNI_NETNS" ip link set "$CNI_IFNAME" up
                ip link set "$port" up
                ovs-vsctl --timeout=10 add-port br0 "$port"
                echo '{"cniVersion": "1.0.0", "interfaces": [{"name": "'$CNI_IFNAME'", "sandbox": "'$CNI_NETNS'"}],
                    "ips": [{"address": "'$address'", "interface": 0}]}';;
            DEL)
                ovs-vsctl --timeout=10 --if-exists del-port br0 "$port"
                ip link del "$port" 2>/dev/null || true;;
            esac
            """;

    private static final String SWITCH =
            """
            mkdir /run/openvswitch
            ovsdb-tool create /run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
            ovsdb-server /run/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --pidfile --detach
            ovs-vsctl --timeout=10 --no-wait init
            ovs-vswitchd --pidfile --detach --log-file=/run/openvswitch/log >/dev/null 2>&1
            ovs-vsctl --timeout=20 add-br br0 -- set bridge br0 datapath_type=netdev
            """;

    private String ports() {
        return host("ovs-vsctl --timeout=10 list-ports br0 | wc -l");
    }

    @Test
    @NeedsHost(Feature.OPENVSWITCH)
    void openVswitchIsTheNetworkOfATenant() throws Exception {
        Path plugins = Files.createDirectories(directory.resolve("bin"));
        Files.setPosixFilePermissions(
                Files.writeString(plugins.resolve("ovs"), OVS), PosixFilePermissions.fromString("rwxr-xr-x"));
        Path configuration = Files.writeString(
                directory.resolve("ovs.conf"), "{\"cniVersion\": \"1.0.0\", \"name\": \"tenant\", \"type\": \"ovs\"}");
        assertEquals("", host(SWITCH));
        try {
            Other jvm = new Other(CniTenantMain.class, configuration, plugins);
            assertEquals("tcp tcp udp", jvm.ask("try"));
            assertEquals("", host("ovs-ofctl add-flow br0 priority=100,tcp,tp_dst=81,actions=drop"));
            assertEquals("tcp TimeoutError udp", jvm.ask("try"));
            assertEquals("", host("ovs-ofctl add-flow br0 priority=200,nw_dst=10.9.0.2,ip,actions=drop"));
            assertEquals("TimeoutError TimeoutError TimeoutError", jvm.ask("try"));
            assertEquals("", host("ovs-ofctl del-flows br0 && ovs-ofctl add-flow br0 actions=normal"));
            assertEquals("tcp tcp udp", jvm.ask("try"));
            assertEquals("1", ports());
            jvm.end();
            assertEquals("0", ports());
            assertEquals(List.of(), journal());
        } finally {
            host("ovs-appctl -t ovs-vswitchd exit; ovs-appctl -t ovsdb-server exit");
        }
    }
}
