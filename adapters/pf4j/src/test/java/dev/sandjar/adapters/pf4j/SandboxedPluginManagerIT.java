package dev.sandjar.adapters.pf4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.plugin.PluginException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.JarPluginManager;

/** One jar of a plugin that nobody has read, by PF4J's own manager and by the sandboxed one. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SandboxedPluginManagerIT {
    @TempDir
    private Path host;

    private Path secret;
    private Path traces;
    private Path plugins;

    @BeforeEach
    void makePlugin() throws IOException {
        secret = Files.writeString(host.resolve("key"), "of the host");
        traces = Files.createDirectory(host.resolve("traces"));
        plugins = Files.createDirectory(host.resolve("plugins"));
        String trace = "static { try { new java.io.File(\"" + traces + "\", \"%s\").createNewFile(); }"
                + " catch (java.io.IOException e) { } }";
        Path sources = Files.createDirectories(host.resolve("sources"));
        Path start = Files.writeString(
                sources.resolve("Start.java"),
                "public class Start extends org.pf4j.Plugin { " + trace.formatted("plugin") + " }");
        Path spy = Files.writeString(
                sources.resolve("Spy.java"),
                "@org.pf4j.Extension public class Spy implements dev.sandjar.adapters.pf4j.Greeter { "
                        + trace.formatted("extension")
                        + " public String greet(String name) {"
                        + " if (name.equals(\"exit\")) System.exit(3);"
                        + " while (name.equals(\"loop\")) { }"
                        + " try { return java.nio.file.Files.readString(java.nio.file.Path.of(name)); }"
                        + " catch (java.io.IOException e) { return \"hello \" + name; } } }");
        Path classes = Files.createDirectories(host.resolve("classes"));
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                OutputStream.nullOutputStream(),
                                null,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-proc:none",
                                "-d",
                                classes.toString(),
                                start.toString(),
                                spy.toString()));
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Plugin-Id", "spy");
        attributes.putValue("Plugin-Version", "1.0.0");
        attributes.putValue("Plugin-Class", "Start");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(plugins.resolve("spy.jar")), manifest)) {
            for (String name : List.of("Start.class", "Spy.class")) {
                jar.putNextEntry(new JarEntry(name));
                Files.copy(classes.resolve(name), jar);
            }
            jar.putNextEntry(new JarEntry("META-INF/extensions.idx"));
            jar.write("Spy\n".getBytes());
        }
    }

    private List<String> traces() throws IOException {
        try (Stream<Path> files = Files.list(traces)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aPluginReadsWhatItsSandboxHas() throws Exception {
        JarPluginManager control = new JarPluginManager(plugins);
        control.loadPlugins();
        control.startPlugins();
        assertEquals("of the host", control.getExtensions(Greeter.class).get(0).greet(secret.toString()));
        assertEquals(List.of("extension", "plugin"), traces());
        control.unloadPlugins();
        for (String trace : traces()) {
            Files.delete(traces.resolve(trace));
        }

        // tag::pf4j
        try (SandboxedPluginManager manager =
                new SandboxedPluginManager(pool -> pool.callTimeout(Duration.ofSeconds(10)), plugins)) {
            manager.loadPlugins();
            manager.startPlugins();
            for (Greeter greeter : manager.getExtensions(Greeter.class)) {
                System.out.println(greeter.greet("world")); // in a worker's sandbox
            }
        }
        // end::pf4j

        try (SandboxedPluginManager manager =
                new SandboxedPluginManager(pool -> pool.callTimeout(Duration.ofSeconds(3)), plugins)) {
            manager.loadPlugins();
            manager.startPlugins();
            List<Greeter> greeters = manager.getExtensions(Greeter.class);
            assertEquals(1, greeters.size());
            Greeter greeter = greeters.get(0);
            assertEquals("hello " + secret, greeter.greet(secret.toString()));
            assertThrows(PluginException.class, () -> greeter.greet("exit"));
            assertThrows(PluginException.class, () -> greeter.greet("loop"));
            assertEquals("hello again", greeter.greet("again"));
            assertTrue(greeter.greet("/proc/self/cmdline").contains("java"));
            assertFalse(greeter.greet("/proc/self/environ").contains("secret-of-the-host"));
        }
        assertEquals(List.of(), traces());
    }
}
