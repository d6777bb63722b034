package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plugins of CNI that are scripts: what they are told, and what becomes of those that fail, hang or lie. */
@KernelTest
@NeedsHost(Feature.USERNS)
class CniPluginsIT {
    /** Writes down what it was asked for, and with which input; what it answers is in files beside it. */
    private static final String PLUGIN =
            """
            #!/bin/sh
            dir=$(dirname "$0")
            name=$(basename "$0")
            cat >"$dir/$name.$CNI_COMMAND.input"
            case $CNI_COMMAND in
            VERSION)
                if test -e "$dir/$name.version"; then cat "$dir/$name.version"; exit 0; fi
                echo '{"cniVersion": "1.1.0", "supportedVersions": ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]}'; exit 0;;
            esac
            echo "$CNI_COMMAND $name" >>"$dir/log"
            env | grep ^CNI_ | sort >"$dir/$name.$CNI_COMMAND.env"
            if test -e "$dir/$name.$CNI_COMMAND.sh"; then . "$dir/$name.$CNI_COMMAND.sh"; fi
            case $CNI_COMMAND in
            ADD) echo '{"cniVersion": "'${VERSION-1.1.0}'", "ips": [{"address": "10.1.2.3/24"}]}';;
            esac
            """;

    @TempDir
    Path directory;

    private Path plugins;

    @BeforeEach
    void executable() throws IOException {
        plugins = Files.createDirectory(directory.resolve("bin"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(plugins.resolve(name), text);
    }

    private void plugin(String name, String script) throws IOException {
        Files.setPosixFilePermissions(
                Files.writeString(plugins.resolve(name), script), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A list of scripts with these names. */
    private CniNetwork list(String version, String... names) throws IOException {
        List<String> objects = new ArrayList<>();
        for (String name : names) {
            plugin(name, PLUGIN);
            objects.add("{\"type\": \"" + name + "\", \"own\": {\"of\": \"" + name + "\"}, \"capabilities\": {\"mac\": "
                    + name.equals("a") + ", \"ips\": true}}");
        }
        return configured("{\"cniVersion\": \"" + version + "\", \"name\": \"net\", \"plugins\": ["
                + String.join(", ", objects) + "]}");
    }

    private CniNetwork configured(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("net.conflist"), text);
        return CniNetwork.of(file).pluginPath(plugins).timeout(Duration.ofSeconds(20));
    }

    private static Sandbox in(CniNetwork network) {
        return Sandbox.builder().network(Network.cni(network)).build();
    }

    private static CniException refused(CniNetwork network) {
        return assertThrows(CniException.class, () -> in(network).run("true"));
    }

    private List<String> log() throws IOException {
        Path log = plugins.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private String told(String name) throws IOException {
        return Files.readString(plugins.resolve(name)).replaceAll("\\s+", " ");
    }

    private void assertHas(String text, String... parts) {
        for (String part : parts) {
            assertTrue(text.contains(part), () -> part + " is not in " + text);
        }
    }

    @Test
    void theWholeLifeOfAnAttachment() throws Exception {
        CniNetwork network = list("1.1.0", "a", "b")
                .interfaceName("net1")
                .argument("IgnoreUnknown", "1")
                .argument("POD", "x y")
                .mac("02:00:00:00:00:07")
                .addresses("10.1.2.3/24");
        write("a.ADD.sh", "echo '{\"cniVersion\": \"1.1.0\", \"ofA\": 7, \"interfaces\": []}'; exit 0");
        String id;
        try (SandboxProcess process = in(network).start("cat")) {
            CniAttachment attachment = process.cni().orElseThrow();
            id = attachment.containerId();
            assertEquals("[10.1.2.3/24]", attachment.result().addresses().toString());
            assertTrue(attachment.check());
            assertTrue(network.collectGarbage());
        }
        assertTrue(network.status());
        assertFalse(network.collectGarbage(), "nobody is there any more");
        assertEquals(
                List.of(
                        "STATUS a",
                        "STATUS b",
                        "ADD a",
                        "ADD b",
                        "CHECK a",
                        "CHECK b",
                        "GC a",
                        "GC b",
                        "DEL b",
                        "DEL a",
                        "STATUS a",
                        "STATUS b"),
                log());
        assertHas(
                told("a.ADD.env"),
                "CNI_COMMAND=ADD",
                "CNI_ARGS=IgnoreUnknown=1;POD=x y",
                "CNI_CONTAINERID=" + id,
                "CNI_IFNAME=net1",
                "CNI_NETNS=/proc/self/fd/3",
                "CNI_PATH=" + plugins);
        String first = told("a.ADD.input");
        assertHas(
                first,
                "\"name\" : \"net\"",
                "\"cniVersion\" : \"1.1.0\"",
                "\"own\" : { \"of\" : \"a\" }",
                "\"runtimeConfig\" : { \"ips\" : [ \"10.1.2.3/24\" ], \"mac\" : \"02:00:00:00:00:07\" }");
        assertFalse(first.contains("prevResult"), first);
        String second = told("b.ADD.input");
        assertHas(second, "\"prevResult\" : { \"cniVersion\" : \"1.1.0\", \"ofA\" : 7");
        assertHas(second, "\"runtimeConfig\" : { \"ips\" : [ \"10.1.2.3/24\" ] }");
        for (String name : List.of("a.CHECK.input", "b.CHECK.input", "a.DEL.input", "b.DEL.input")) {
            assertHas(told(name), "\"prevResult\" : { \"cniVersion\" : \"1.1.0\", \"ips\" : [");
        }
        assertHas(
                told("a.GC.input"),
                "\"cni.dev/valid-attachments\" : [ { \"containerID\" : \"" + id + "\", \"ifname\" : \"net1\" } ]");
        assertHas(told("a.STATUS.input"), "\"name\" : \"net\"");
    }

    @Test
    void whatAnEarlierVersionDoesNotKnowIsNotAskedFor() throws Exception {
        for (String version : List.of("0.4.0", "1.0.0")) {
            CniNetwork network = list(version, "a");
            write("a.ADD.sh", "VERSION=" + version);
            assertEquals(0, in(network).run("true").exitValue());
            assertFalse(network.status());
        }
        assertEquals(List.of("ADD a", "DEL a", "ADD a", "DEL a"), log());
    }

    @Test
    void theHighestVersionThatAllSpeakIsChosen() throws Exception {
        plugin("a", PLUGIN);
        plugin("b", PLUGIN);
        write("b.version", "{\"cniVersion\": \"1.0.0\", \"supportedVersions\": [\"0.4.0\", \"1.0.0\"]}");
        CniNetwork network = configured(
                "{\"cniVersions\": [\"0.4.0\", \"1.0.0\", \"1.1.0\", \"9.0.0\"], \"name\": \"net\", \"disableCheck\": true,"
                        + " \"plugins\": [{\"type\": \"a\"}, {\"type\": \"b\"}]}");
        write("a.ADD.sh", "VERSION=1.0.0");
        write("b.ADD.sh", "VERSION=1.0.0");
        try (SandboxProcess process = in(network).start("cat")) {
            assertEquals("1.0.0", process.cni().orElseThrow().result().cniVersion());
            assertFalse(process.cni().orElseThrow().check(), "disableCheck");
        }
    }

    @Test
    void oneOfAnotherVersionIsRefusedBeforeAnythingIsMade() throws Exception {
        CniNetwork network = list("1.1.0", "a", "b");
        write("b.version", "{\"cniVersion\": \"1.0.0\", \"supportedVersions\": [\"0.3.1\", \"1.0.0\"]}");
        CniException e = refused(network);
        assertEquals("b", e.plugin());
        assertHas(e.getMessage(), "is of version 1.1.0 of CNI", "the plugin speaks 1.0.0 alone", "cniVersion");
        assertEquals(List.of(), log());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whereOneFailsItAndThoseBeforeRemoveWhatTheyHaveMade(int position) throws Exception {
        List<String> names = List.of("a", "b", "c");
        CniNetwork network = list("1.0.0", names.toArray(String[]::new));
        for (String name : names) {
            write(name + ".ADD.sh", "VERSION=1.0.0");
        }
        write(
                names.get(position) + ".ADD.sh",
                "echo '{\"cniVersion\": \"1.0.0\", \"code\": 7, \"msg\": \"no way\", \"details\": \"at all\"}'; exit 1");
        CniException e = refused(network);
        assertEquals(names.get(position), e.plugin());
        assertEquals(7, e.code().getAsInt());
        assertEquals("at all", e.details());
        assertHas(e.getMessage(), "it says: no way: at all (code 7)");
        List<String> expected = new ArrayList<>();
        IntStream.rangeClosed(0, position).forEach(i -> expected.add("ADD " + names.get(i)));
        IntStream.iterate(position, i -> i >= 0, i -> i - 1).forEach(i -> expected.add("DEL " + names.get(i)));
        assertEquals(expected, log());
    }

    @Test
    void oneThatHangsIsEndedWithAllThatItHasStarted() throws Exception {
        CniNetwork network = list("1.0.0", "a", "b");
        write("a.ADD.sh", "VERSION=1.0.0");
        write(
                "b.ADD.sh",
                "setsid sh -c 'echo $$ >\"$1/deep\"; exec sleep 1000' sh \"$dir\" &\necho $$ >\"$dir/pids\"\nsleep 1000 & sleep 1000");
        in(network).explain(); // nothing of the time of a first start
        CniException e = refused(network.timeout(Duration.ofSeconds(2)));
        assertHas(
                e.getMessage(),
                "CNI plugin b, ADD",
                "it had not ended after PT2S, and was killed with all that it had started");
        for (String file : List.of("deep", "pids")) {
            String pid = Files.readString(plugins.resolve(file)).strip();
            assertEquals(
                    "gone", HostProgram.sh("grep -sqF sleep /proc/" + pid + "/cmdline && echo there || echo gone"));
        }
        assertEquals(List.of("ADD a", "ADD b", "DEL b", "DEL a"), log());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kill -SEGV $$ | it has not ended by itself",
                "echo oops >&2; exit 3 | it ended with code 3 and says no error; to standard error it wrote \"oops\"",
                "echo oops; exit 3 | it ended with code 3 and says no error; it wrote \"oops\"",
                "echo oops; exit 0 | its answer is no JSON that can be taken",
                "exit 0 | its answer is no JSON that can be taken",
                "head -c 10000000 /dev/zero; exit 0 | it has written more than 1 MiB",
                "echo '[]'; exit 0 | not an object",
                "echo '{\"cniVersion\": \"1.1.0\"}'; exit 0 | version \"1.1.0\", where 1.0.0 was asked for",
                "echo '{}'; exit 0 | version \"\", where 1.0.0 was asked for",
                "echo '{\"cniVersion\": \"1.0.0\", \"cniVersion\": \"1.0.0\"}'; exit 0 | is there twice",
                "echo '{\"cniVersion\": \"1.0.0\", \"interfaces\": [{\"name\": \"eth0\", \"sandbox\": \"/x\"}]}'; exit 0"
                        + " | it says that the interface eth0 is in the sandbox, where there is none",
                "echo '{\"cniVersion\": \"1.0.0\", \"interfaces\": [{\"name\": \"../../x\"}]}'; exit 0 | can't be the name of an interface",
                "echo '{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"10.0.0.1\"}]}'; exit 0 | has no number of bits",
                "echo '{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"example.org/8\"}]}'; exit 0 | is not an address",
                "echo '{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"224.0.0.1/8\"}]}'; exit 0 | can't be an interface's",
                "echo '{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"10.0.0.1/8\", \"interface\": 1}]}'; exit 0"
                        + " | is of no interface of the list",
                "printf '%s' '{\"cniVersion\": \"1.0.0\", \"dns\": {\"search\": [\"a\\nnameserver 192.0.2.1\"]}}'; exit 0"
                        + " | is no word of resolv.conf",
            })
    void oneThatCrashesOrLiesIsRefused(String script, String why) throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", script);
        CniException e = refused(network);
        assertHas(e.getMessage(), why);
        assertTrue(e.getMessage().length() < 2000, e.getMessage());
        assertEquals(List.of("ADD a", "DEL a"), log());
    }

    @Test
    void aLongErrorIsCut() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write(
                "a.ADD.sh",
                "printf '{\"code\": 100, \"msg\": \"%s\", \"details\": \"\\\\u001b[2J%s\"}' $(head -c 300000 /dev/zero | tr '\\0' m)"
                        + " $(head -c 300000 /dev/zero | tr '\\0' d); exit 1");
        CniException e = refused(network);
        assertTrue(e.getMessage().length() < 10_000, "" + e.getMessage().length());
        assertTrue(e.details().length() < 5000);
        assertFalse(e.getMessage().contains("\u001b"));
    }

    @Test
    void whatIsAskedForHasToBeSomebodysBusiness() throws Exception {
        CniNetwork network = list("1.0.0", "b");
        for (CniNetwork each : List.of(
                network.portMapping(CniPortMapping.udp(53, 53)),
                network.bandwidth(CniBandwidth.of(DataSize.mebibytes(1), DataSize.mebibytes(1))),
                network.mac("02:00:00:00:00:07"),
                network.nameServers("192.0.2.1"),
                network.aliases("b"))) {
            assertHas(refused(each).getMessage(), "has the capability", "which is asked for");
        }
        assertEquals(List.of(), log());
    }

    @Test
    void oneThatIsNotReadyIsNotAskedToAdd() throws Exception {
        CniNetwork network = list("1.1.0", "a", "b");
        write("b.STATUS.sh", "echo '{\"code\": 50, \"msg\": \"the daemon is not up\"}'; exit 1");
        CniException e = refused(network);
        assertEquals("STATUS", e.command());
        assertEquals(50, e.code().getAsInt());
        assertThrows(CniException.class, network::status);
        assertEquals(List.of("STATUS a", "STATUS b", "STATUS a", "STATUS b"), log());
    }

    @Test
    void aDelThatFailsKeepsNoneOfTheOthersFromTheirs() throws Exception {
        CniNetwork network = list("1.0.0", "a", "b", "c");
        for (String name : List.of("a", "b", "c")) {
            write(name + ".ADD.sh", "VERSION=1.0.0");
        }
        write("b.DEL.sh", "echo '{\"code\": 11, \"msg\": \"busy\"}'; exit 1");
        try (SandboxProcess process = in(network).start("true")) {
            process.waitFor();
            SandboxException e = process.cni().orElseThrow().removalFailure().orElseThrow();
            assertHas(e.getMessage(), "CNI plugin b, DEL: it says: busy", "try again");
        }
        assertEquals(List.of("ADD a", "ADD b", "ADD c", "DEL c", "DEL b", "DEL a"), log());
    }

    @Test
    void aCheckThatFailsIsTold() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", "VERSION=1.0.0");
        write("a.CHECK.sh", "echo '{\"code\": 999, \"msg\": \"it has gone\"}'; exit 1");
        CniAttachment attachment;
        try (SandboxProcess process = in(network).start("cat")) {
            attachment = process.cni().orElseThrow();
            CniException e = assertThrows(CniException.class, attachment::check);
            assertEquals("CHECK", e.command());
        }
        assertThrows(IllegalStateException.class, attachment::check);
    }

    @Test
    void aConfigurationOfOnePlugin() throws Exception {
        plugin("a", PLUGIN);
        write("a.ADD.sh", "VERSION=0.4.0");
        CniNetwork network =
                configured("{\"cniVersion\": \"0.4.0\", \"name\": \"net\", \"type\": \"a\", \"mtu\": 1400}");
        assertEquals(0, in(network).run("true").exitValue());
        assertHas(told("a.ADD.input"), "\"mtu\" : 1400", "\"type\" : \"a\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"cniVersion\": \"0.3.1\", \"name\": \"net\", \"plugins\": [{\"type\": \"a\"}]} | version \"0.3.1\" of CNI is none of 0.4.0, 1.0.0, 1.1.0",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"../net\", \"plugins\": [{\"type\": \"a\"}]} | /name",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"plugins\": [{\"type\": \"../a\"}]} | is not the file name of a plugin",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"plugins\": []} | not a list of 1 to 64 plugins",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"net\"} | /type: is missing",
                "{\"name\": \"net\", \"plugins\": [{\"type\": \"a\"}]} | /cniVersion: is missing",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"name\": \"other\", \"plugins\": [{\"type\": \"a\"}]} | is there twice",
                "no JSON | not JSON",
            })
    void aConfigurationThatIsNone(String text, String why) throws Exception {
        plugin("a", PLUGIN);
        Sandbox sandbox = in(configured(text));
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("true"));
        assertHas(e.getMessage(), "read the CNI configuration", "net.conflist", why);
        assertHas(sandbox.explain().entries().toString(), why);
    }

    @Test
    void whatOthersCouldHavePutThereIsNotTrusted() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", "VERSION=1.0.0");
        Path file = network.configuration();
        Files.setPosixFilePermissions(plugins, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertHas(
                assertThrows(SandboxException.class, () -> in(network).run("true"))
                        .getMessage(),
                "find the CNI plugin a",
                "others may write to");
        Files.setPosixFilePermissions(plugins, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(0, in(network).run("true").exitValue(), "the same, where nobody else may");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertHas(
                assertThrows(SandboxException.class, () -> in(network).run("true"))
                        .getMessage(),
                "others may write to it");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Sandbox.builder()
                .mountNamespace()
                .bind(plugins, plugins.toString())
                .build()
                .run("true");
        assertHas(
                assertThrows(SandboxException.class, () -> in(network).run("true"))
                        .getMessage(),
                "a sandbox of this JVM could write to");
    }

    @Test
    void whatAGroupMayWriteToIsNotTrusted() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", "VERSION=1.0.0");
        for (Path each : List.of(plugins.resolve("a"), plugins, network.configuration())) {
            boolean executable = !each.equals(network.configuration());
            Files.setPosixFilePermissions(
                    each, PosixFilePermissions.fromString(executable ? "rwxrwxr-x" : "rw-rw-r--"));
            assertHas(
                    assertThrows(SandboxException.class, () -> in(network).run("true"))
                            .getMessage(),
                    "others may write to");
            Files.setPosixFilePermissions(
                    each, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
            assertEquals(0, in(network).run("true").exitValue(), "the same, where nobody else may");
        }
    }

    /** Plugins look for others in all of them. */
    @Test
    void eachDirectoryOfPluginsIsLookedAt() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", "VERSION=1.0.0");
        Path second = Files.createDirectory(directory.resolve("second"));
        Path missing = directory.resolve("missing");
        CniNetwork both = network.pluginPath(plugins, second, missing);
        assertEquals(0, in(both).run("true").exitValue());
        assertHas(Files.readString(plugins.resolve("a.ADD.env")), "CNI_PATH=" + plugins + ":" + second + "\n");
        Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertHas(
                assertThrows(SandboxException.class, () -> in(both).run("true")).getMessage(), "others may write to");
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.ROOT})
    void whatBelongsToAnotherUserIsNotTrusted() throws Exception {
        CniNetwork network = list("1.0.0", "a");
        write("a.ADD.sh", "VERSION=1.0.0");
        for (Path each : List.of(plugins.resolve("a"), plugins, network.configuration())) {
            Files.setAttribute(each, "unix:uid", 1000);
            assertHas(
                    assertThrows(SandboxException.class, () -> in(network).run("true"))
                            .getMessage(),
                    "user 1000");
            Files.setAttribute(each, "unix:uid", 0);
            assertEquals(0, in(network).run("true").exitValue(), "the same, where it is root's");
        }
    }

    @Test
    void theConfigurationIsReadAtEachStart() throws Exception {
        Sandbox sandbox = in(list("1.0.0", "a"));
        write("a.ADD.sh", "VERSION=1.0.0");
        write("b.ADD.sh", "VERSION=1.0.0");
        assertEquals(0, sandbox.run("true").exitValue());
        list("1.0.0", "b");
        try (SandboxProcess process = sandbox.start("true")) {
            assertHas(process.waitForReport().applied().entries().toString(), "by the CNI plugins b");
        }
        assertEquals(List.of("ADD a", "DEL a", "ADD b", "DEL b"), log());
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void theHostsNetworkIsRootsAlone() throws Exception {
        SandboxException e =
                assertThrows(SandboxException.class, () -> in(list("1.0.0", "a").mode(CniMode.HOST))
                        .run("true"));
        assertHas(e.getMessage(), "lacks the capabilities of root", "CniMode.KEEPER");
    }
}
