import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginPoolBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** A host with plugins by others: one that works, one that steals, one that leaks, and a library from Maven Central. */
public final class PluginHost {
    private static final Path EXAMPLE = Path.of(System.getProperty("example.directory"));
    private static final String LIBRARY = "org.commonmark:commonmark:0.24.0";

    private static boolean asExpected = true;

    private final Path work;

    private PluginHost(Path work) {
        this.work = work;
    }

    public static void main(String[] args) throws Exception {
        Path work = Files.createTempDirectory("plugin-host");
        try {
            new PluginHost(work).run();
        } finally {
            try (Stream<Path> files = Files.walk(work)) {
                files.sorted((a, b) -> b.compareTo(a))
                        .forEach(file -> file.toFile().delete());
            }
        }
        System.out.println(asExpected ? "The host has served to the end." : "NOT AS EXPECTED, see above.");
        System.exit(asExpected ? 0 : 1);
    }

    private void run() throws Exception {
        try (PluginPool<TextPlugin> good = pool("GoodPlugin").warm(1).build()) {
            System.out.println(
                    "good plugin:  " + good.get().examine("To be, or not to be").words());
            try {
                good.get().examine("  ");
            } catch (TextPlugin.Unreadable e) {
                System.out.println("              " + e.getClass().getName() + ": " + e.getMessage());
            }
            thief();
            leaky(good.get());
        }
        library();
    }

    private PluginPoolBuilder<TextPlugin> pool(String plugin) throws Exception {
        return PluginPool.builder(TextPlugin.class, plugin)
                .classPath(jar(plugin))
                .classDataArchive(false);
    }

    // ---- the one that steals

    private void thief() throws Exception {
        Path home = Path.of(System.getProperty("user.home"));
        Path key = Files.createTempFile(home, ".plugin-host", ".key");
        try (ServerSocket service = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                PluginPool<TextPlugin> pool = pool("ThiefPlugin").build();
                URLClassLoader here =
                        new URLClassLoader(new URL[] {jar("ThiefPlugin").toUri().toURL()})) {
            Files.writeString(key, "key");
            String hints = home + " " + service.getLocalPort() + " " + key + " "
                    + ProcessHandle.current().pid();
            // Without a sandbox, as a plugin is usually loaded: what it wants is really there.
            TextPlugin loaded = (TextPlugin)
                    here.loadClass("ThiefPlugin").getDeclaredConstructor().newInstance();
            List<String> outside = loaded.examine(hints).remarks();
            List<String> inside = pool.get().examine(hints).remarks();
            System.out.printf("%nthief plugin: %-28s %-34s %s%n", "", "loaded by the host", "in its sandbox");
            for (int i = 0; i < outside.size(); i++) {
                String[] out = outside.get(i).split("\\|");
                String[] in = inside.get(i).split("\\|");
                System.out.printf(
                        "              %-28s %-34s %s%n",
                        out[0], out[1] + ": " + shortened(out[2]), in[1] + ": " + in[2]);
                // Not everybody has keys.
                boolean works = out[1].equals("yes") || out[0].contains(".ssh");
                expect(works && in[1].equals("no"), in[0]);
            }
        } finally {
            Files.delete(key);
        }
    }

    private static String shortened(String text) {
        return text.substring(0, Math.min(text.length(), 22));
    }

    // ---- the one that leaks

    private void leaky(TextPlugin good) throws Exception {
        Sandbox small = Sandbox.untrusted().without(Limit.TIMEOUT).pidsLimit(64).build();
        try (PluginPool<TextPlugin> pool = pool("LeakyPlugin")
                .sandbox(small)
                .heap(DataSize.mebibytes(64))
                .callTimeout(Duration.ofSeconds(20))
                .build()) {
            System.out.printf("%nleaky plugin: %-28s%n", "");
            for (String what : List.of("leak", "fork", "hang")) {
                String came;
                long start = System.nanoTime();
                try {
                    TextPlugin.Report report = pool.get().examine(what);
                    came = "stopped after " + report.words() + ": "
                            + report.remarks().get(0).replaceAll(".*(error|thread): ?", "");
                } catch (PluginException e) {
                    came = e.reason() + ", "
                            + e.getMessage().lines().findFirst().orElse("");
                    expect(!what.equals("fork"), came);
                }
                System.out.printf(
                        Locale.ROOT,
                        "              %-6s %5d ms  %s%n",
                        what,
                        (System.nanoTime() - start) / 1_000_000,
                        came);
                expect(good.examine("still here").words().equals(Map.of("still", 1, "here", 1)), "the good one");
            }
            System.out.println("              " + pool.statistics());
        }
    }

    // ---- the one that nobody here wrote

    private void library() throws Exception {
        Path jar = fetch();
        try (PluginPool<Markdown> pool = PluginPool.builder(Markdown.class, "CommonMark")
                .classPath(jar("CommonMark", jar), jar)
                .warm(1)
                .build()) {
            String html = pool.get().toHtml("# Plugins\n\nRun *elsewhere*, see [there](https://example.org/).\n");
            System.out.println("\n" + LIBRARY + ":\n" + html.indent(14).stripTrailing());
            expect(html.contains("<h1>Plugins</h1>") && html.contains("<em>elsewhere</em>"), "the HTML");
            long start = System.nanoTime();
            int pages = 200;
            for (int i = 0; i < pages; i++) {
                expect(pool.get().toHtml("* page " + i).contains("page " + i), "page " + i);
            }
            System.out.printf(
                    Locale.ROOT, "              %d pages in %d ms%n%n", pages, (System.nanoTime() - start) / 1_000_000);
        }
    }

    /** From the local repository if it is there, else from where Maven looks, which may be busy at first. */
    private Path fetch() throws Exception {
        String said = "";
        for (String mode : List.of("-o", "-B", "-B", "-B")) {
            Process maven = new ProcessBuilder(
                            "mvn",
                            mode,
                            "-q",
                            "-f",
                            EXAMPLE.resolve("../../pom.xml").normalize().toString(),
                            "dependency:copy",
                            "-Dartifact=" + LIBRARY,
                            "-DoutputDirectory=" + work)
                    .redirectErrorStream(true)
                    .start();
            said = new String(maven.getInputStream().readAllBytes());
            if (maven.waitFor() == 0) {
                return work.resolve("commonmark-0.24.0.jar");
            }
        }
        throw new IOException("Maven could not fetch " + LIBRARY + ":\n" + said);
    }

    /** Compiles a guest against the host's contracts, which are on the class path, into a jar without them. */
    private Path jar(String name, Path... libraries) throws IOException {
        Path classes = Files.createDirectories(work.resolve(name));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
        for (Path library : libraries) {
            path.append(':').append(library);
        }
        int status = compiler.run(
                null,
                null,
                null,
                "-implicit:none",
                "-cp",
                path.toString(),
                "-d",
                classes.toString(),
                EXAMPLE.resolve("guests").resolve(name + ".java").toString());
        if (status != 0) {
            throw new IOException(name + " can't be compiled");
        }
        Path jar = work.resolve(name + ".jar");
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(classes)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        }
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Path file : files) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        return jar;
    }

    private static void expect(boolean condition, String what) {
        if (!condition) {
            System.out.println("NOT EXPECTED: " + what);
            asExpected = false;
        }
    }
}
