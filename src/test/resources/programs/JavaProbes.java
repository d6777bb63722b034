import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.rmi.Remote;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.FileHandler;
import java.util.prefs.Preferences;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** What a JDK asks of a system, piece by piece: a line for each, with "ok" or what went wrong. */
public class JavaProbes {
    interface Probe {
        void run(Path directory) throws Exception;
    }

    private static final Map<String, Probe> PROBES = new LinkedHashMap<>();

    public static void main(String[] arguments) throws Exception {
        files();
        network();
        processes();
        library();
        ExecutorService pool = Executors.newCachedThreadPool();
        for (Map.Entry<String, Probe> probe : PROBES.entrySet()) {
            Path directory = Files.createTempDirectory("probe");
            Future<?> future = pool.submit(() -> {
                probe.getValue().run(directory);
                return null;
            });
            String word = "ok";
            try {
                future.get(100, TimeUnit.SECONDS);
            } catch (Exception e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                word = cause.toString().replaceAll("\\s+", " ");
            }
            System.out.println(probe.getKey() + "\t" + word);
        }
        System.exit(0);
    }

    private static void check(boolean condition) {
        if (!condition) {
            throw new AssertionError("not as it should be");
        }
    }

    private static void files() {
        PROBES.put("watch-service", directory -> {
            try (WatchService service = FileSystems.getDefault().newWatchService()) {
                directory.register(service, StandardWatchEventKinds.ENTRY_CREATE);
                Files.createFile(directory.resolve("a"));
                check(service.poll(20, TimeUnit.SECONDS) != null);
            }
        });
        PROBES.put("file-lock", directory -> {
            try (FileChannel a = FileChannel.open(
                    directory.resolve("a"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                check(a.tryLock() != null);
            }
        });
        PROBES.put("mapped-buffer", directory -> {
            try (RandomAccessFile file = new RandomAccessFile(directory.resolve("a").toFile(), "rw")) {
                MappedByteBuffer buffer = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 8192);
                buffer.put(4096, (byte) 7);
                buffer.force();
                file.seek(4096);
                check(file.read() == 7);
            }
        });
        PROBES.put("transfer", directory -> {
            Path a = Files.write(directory.resolve("a"), new byte[100_000]);
            try (FileChannel from = FileChannel.open(a);
                    FileChannel to = FileChannel.open(
                            directory.resolve("b"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                check(from.transferTo(0, 100_000, to) == 100_000);
                to.force(true);
            }
            Files.copy(a, directory.resolve("c"), StandardCopyOption.COPY_ATTRIBUTES);
            Files.move(a, directory.resolve("d"), StandardCopyOption.ATOMIC_MOVE);
        });
        PROBES.put("async-file", directory -> {
            try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(
                    directory.resolve("a"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                check(channel.write(ByteBuffer.wrap(new byte[3]), 0).get() == 3);
            }
        });
        PROBES.put("permissions", directory -> {
            Path a = Files.createFile(
                    directory.resolve("a"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
            Files.setPosixFilePermissions(a, PosixFilePermissions.fromString("rwx------"));
            check(Files.isExecutable(a));
            UserPrincipal owner = Files.getOwner(a);
            Files.setOwner(a, owner);
            Files.setLastModifiedTime(a, FileTime.from(Instant.ofEpochSecond(1)));
            check(Files.readAttributes(a, BasicFileAttributes.class).lastModifiedTime().toMillis() == 1000);
        });
        PROBES.put("links", directory -> {
            Path a = Files.createFile(directory.resolve("a"));
            Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));
            Files.createLink(directory.resolve("c"), a);
            check(Files.isSameFile(directory.resolve("b"), directory.resolve("c")));
        });
        PROBES.put("file-stores", directory -> {
            FileStore store = Files.getFileStore(directory);
            check(store.getTotalSpace() > 0 && store.getUsableSpace() > 0);
            for (FileStore each : FileSystems.getDefault().getFileStores()) {
                check(each.type() != null);
            }
        });
        PROBES.put("zip-file-system", directory -> {
            try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
                Files.writeString(zip.getPath("/a"), "a");
            }
            check(Files.size(directory.resolve("a.zip")) > 0);
        });
        PROBES.put("walk-usr", directory -> {
            try (var files = Files.list(Path.of("/usr/bin"))) {
                check(files.filter(Files::isExecutable).count() > 10);
            }
        });
    }

    private static void network() {
        PROBES.put("sockets", directory -> {
            try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                    Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                    Socket accepted = server.accept()) {
                client.setTcpNoDelay(true);
                client.setKeepAlive(true);
                client.getOutputStream().write(7);
                check(accepted.getInputStream().read() == 7);
            }
        });
        PROBES.put("ipv6-loopback", directory -> {
            try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("::1"));
                    Socket client = new Socket("::1", server.getLocalPort())) {
                check(client.isConnected());
            }
        });
        PROBES.put("datagrams", directory -> {
            try (DatagramSocket a = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
                    DatagramSocket b = new DatagramSocket()) {
                b.send(new DatagramPacket(new byte[] {7}, 1, a.getLocalSocketAddress()));
                DatagramPacket packet = new DatagramPacket(new byte[1], 1);
                a.receive(packet);
                check(packet.getData()[0] == 7);
            }
        });
        PROBES.put("multicast-socket", directory -> {
            try (MulticastSocket socket = new MulticastSocket(0)) {
                socket.setTimeToLive(0);
            }
        });
        PROBES.put("unix-sockets", directory -> {
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(address);
                try (SocketChannel client = SocketChannel.open(address);
                        SocketChannel accepted = server.accept()) {
                    client.write(ByteBuffer.wrap(new byte[] {7}));
                    check(accepted.read(ByteBuffer.allocate(1)) == 1);
                }
            }
        });
        PROBES.put("selector", directory -> {
            Pipe pipe = Pipe.open();
            try (Selector selector = Selector.open()) {
                pipe.source().configureBlocking(false).register(selector, SelectionKey.OP_READ);
                pipe.sink().write(ByteBuffer.wrap(new byte[1]));
                check(selector.select(20_000) == 1);
            }
        });
        PROBES.put("async-sockets", directory -> {
            try (AsynchronousServerSocketChannel server =
                            AsynchronousServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                    AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
                Future<AsynchronousSocketChannel> accepted = server.accept();
                client.connect(server.getLocalAddress()).get();
                accepted.get().close();
            }
        });
        PROBES.put("network-interfaces", directory -> {
            check(NetworkInterface.networkInterfaces().anyMatch(each -> {
                try {
                    return each.isLoopback() && each.isUp();
                } catch (java.net.SocketException e) {
                    return false;
                }
            }));
        });
        PROBES.put("local-host", directory -> check(InetAddress.getByName("localhost").isLoopbackAddress()));
        PROBES.put("http", directory -> {
            var server = com.sun.net.httpserver.HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, 2);
                exchange.getResponseBody().write("hi".getBytes());
                exchange.close();
            });
            server.start();
            try {
                URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
                HttpResponse<String> response = HttpClient.newHttpClient()
                        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                check(response.body().equals("hi"));
            } finally {
                server.stop(0);
            }
        });
        PROBES.put("rmi", directory -> {
            Registry registry = LocateRegistry.createRegistry(0);
            check(registry.list().length == 0);
            java.rmi.server.UnicastRemoteObject.unexportObject((Remote) registry, true);
        });
    }

    private static void processes() {
        PROBES.put("process-builder", directory -> {
            Process process = new ProcessBuilder("sh", "-c", "cat; exit 3").redirectErrorStream(true).start();
            process.getOutputStream().write('x');
            process.getOutputStream().close();
            check(process.getInputStream().read() == 'x');
            check(process.waitFor() == 3);
        });
        PROBES.put("process-handles", directory -> {
            Process process = new ProcessBuilder("sleep", "60").start();
            check(process.toHandle().info().command().isPresent());
            check(ProcessHandle.current().children().anyMatch(child -> child.pid() == process.pid()));
            process.destroy();
            process.onExit().get(20, TimeUnit.SECONDS);
        });
        PROBES.put("threads", directory -> {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Thread thread = new Thread(() -> Thread.onSpinWait());
                thread.setPriority(Thread.MIN_PRIORITY);
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            check(IntStream.rangeClosed(1, 100).parallel().sum() == 5050);
        });
        PROBES.put("management", directory -> {
            var system = (com.sun.management.UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            check(system.getOpenFileDescriptorCount() > 0);
            check(system.getTotalMemorySize() > 0 && system.getProcessCpuTime() > 0);
            check(system.getAvailableProcessors() > 0);
            check(ManagementFactory.getThreadMXBean().isThreadCpuTimeSupported());
            check(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax() > 0);
        });
        PROBES.put("signals", directory -> {
            var arrived = new java.util.concurrent.CountDownLatch(1);
            sun.misc.Signal.handle(new sun.misc.Signal("USR2"), signal -> arrived.countDown());
            sun.misc.Signal.raise(new sun.misc.Signal("USR2"));
            check(arrived.await(20, TimeUnit.SECONDS));
        });
        PROBES.put("attach", directory -> {
            String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            Path source = Files.writeString(
                    directory.resolve("Waits.java"),
                    "public class Waits { public static void main(String[] a) throws Exception {"
                            + " System.out.println(\"up\"); System.in.read(); } }");
            Process process = new ProcessBuilder(java, "-Xmx64m", source.toString()).start();
            try {
                check(process.getInputStream().read() == 'u');
                var machine = com.sun.tools.attach.VirtualMachine.attach(Long.toString(process.pid()));
                check(machine.getSystemProperties().containsKey("java.version"));
                machine.detach();
            } finally {
                process.destroyForcibly();
            }
        });
        PROBES.put("flight-recorder", directory -> {
            try (var recording = new jdk.jfr.Recording(jdk.jfr.Configuration.getConfiguration("default"))) {
                recording.start();
                recording.stop();
                recording.dump(directory.resolve("a.jfr"));
            }
            check(Files.size(directory.resolve("a.jfr")) > 0);
        });
        PROBES.put("heap-dump", directory -> {
            var bean = ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class);
            bean.dumpHeap(directory.resolve("a.hprof").toString(), true);
            Files.delete(directory.resolve("a.hprof"));
        });
    }

    private static void library() {
        PROBES.put("compiler", directory -> {
            Path source = Files.writeString(
                    directory.resolve("A.java"),
                    "public class A implements java.util.function.Supplier<String> { public String get() { return \"a\"; } }");
            check(javax.tools.ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()) == 0);
            try (URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
                Object made = loader.loadClass("A").getDeclaredConstructor().newInstance();
                check(((java.util.function.Supplier<?>) made).get().equals("a"));
            }
        });
        PROBES.put("jshell", directory -> {
            try (var shell = jdk.jshell.JShell.create()) {
                check(shell.eval("6 * 7").get(0).value().equals("42"));
            }
        });
        PROBES.put("tls", directory -> {
            check(javax.net.ssl.SSLContext.getDefault().getSupportedSSLParameters().getProtocols().length > 0);
            KeyStore store = KeyStore.getInstance(
                    Path.of(System.getProperty("java.home"), "lib/security/cacerts").toFile(), "changeit".toCharArray());
            check(store.size() > 0);
        });
        PROBES.put("random", directory -> {
            check(SecureRandom.getInstanceStrong().nextInt() != SecureRandom.getInstance("NativePRNG").nextInt());
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.generateKeyPair();
        });
        PROBES.put("drawing", directory -> {
            System.setProperty("java.awt.headless", "true");
            BufferedImage image = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, 40, 20);
            graphics.dispose();
            check(javax.imageio.ImageIO.write(image, "png", directory.resolve("a.png").toFile()));
        });
        PROBES.put("fonts", directory -> {
            System.setProperty("java.awt.headless", "true");
            BufferedImage image = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
            graphics.drawString("hello", 1, 15);
            graphics.dispose();
        });
        PROBES.put("preferences-and-logs", directory -> {
            System.setProperty("java.util.prefs.userRoot", directory.toString());
            Preferences node = Preferences.userRoot().node("probe");
            node.put("a", "b");
            node.flush();
            FileHandler handler = new FileHandler(directory.resolve("a.log").toString());
            handler.close();
        });
        PROBES.put("time-zones-and-locales", directory -> {
            check(ZoneId.systemDefault() != null && ZoneId.getAvailableZoneIds().size() > 100);
            check(Locale.getAvailableLocales().length > 10);
        });
        PROBES.put("standard-names", directory -> {
            for (String name : Set.of("user.name", "user.home", "java.io.tmpdir", "user.dir")) {
                check(!System.getProperty(name).isEmpty() && !System.getProperty(name).equals("?"));
            }
            Path written = Path.of(System.getProperty("java.io.tmpdir"), "probe-written");
            Files.writeString(written, "x");
            Files.delete(written);
        });
        PROBES.put("library-from-tmp", directory -> {
            // As libraries with native code do it: a copy of one, made where files may be written.
            Path copy = Files.copy(
                    Path.of(System.getProperty("java.home"), "lib", "libextnet.so"), directory.resolve("libcopied.so"));
            System.load(copy.toString());
        });
        PROBES.put("big-buffers", directory -> {
            ByteBuffer.allocateDirect(8 << 20).put(0, (byte) 1);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
                new ByteArrayInputStream(new byte[1 << 20]).transferTo(zip);
            }
            check(out.size() > 100);
        });
        PROBES.put("executors", directory -> {
            ExecutorService pool = Executors.newWorkStealingPool();
            List<Callable<Integer>> tasks = List.of(() -> 1, () -> 2);
            int sum = 0;
            for (Future<Integer> each : pool.invokeAll(tasks)) {
                sum += each.get();
            }
            pool.shutdown();
            check(sum == 3);
        });
    }
}
