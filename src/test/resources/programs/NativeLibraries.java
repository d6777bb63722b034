import dev.sandjar.programs.Uses;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Uses libraries that unpack native code: a line for each. */
public class NativeLibraries implements Uses {
    interface Use {
        Object run() throws Exception;
    }

    public static void main(String[] arguments) {
        new NativeLibraries().use().forEach(System.out::println);
    }

    private final List<String> lines = new ArrayList<>();

    private void use(String name, Object expected, Use use) {
        String word = "ok";
        try {
            Object result = use.run();
            if (!result.equals(expected)) {
                word = result + " instead of " + expected;
            }
        } catch (Throwable e) {
            word = e.toString().replaceAll("\\s+", " ");
        }
        lines.add(name + " " + word);
    }

    @Override
    public List<String> use() {
        byte[] text = "to be, or not to be, to be, or not to be".getBytes(StandardCharsets.UTF_8);
        use("sqlite-jdbc", 3, () -> {
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
                connection.createStatement().execute("create table t(a)");
                connection.createStatement().execute("insert into t values (1), (2)");
                return connection.createStatement().executeQuery("select sum(a) from t").getInt(1);
            }
        });
        use("jna", 42, () -> com.sun.jna.Function.getFunction("c", "abs").invokeInt(new Object[] {-42}));
        use("snappy", true, () -> Arrays.equals(text, org.xerial.snappy.Snappy.uncompress(org.xerial.snappy.Snappy.compress(text))));
        use("zstd-jni", true, () -> Arrays.equals(
                text, com.github.luben.zstd.Zstd.decompress(com.github.luben.zstd.Zstd.compress(text), text.length)));
        use("lz4", true, () -> {
            var lz4 = net.jpountz.lz4.LZ4Factory.nativeInstance();
            return Arrays.equals(text, lz4.fastDecompressor().decompress(lz4.fastCompressor().compress(text), text.length));
        });
        use("netty-epoll", true, () -> {
            io.netty.channel.epoll.Epoll.ensureAvailability();
            var group = new io.netty.channel.epoll.EpollEventLoopGroup(1);
            try {
                var bootstrap = new io.netty.bootstrap.ServerBootstrap()
                        .group(group)
                        .channel(io.netty.channel.epoll.EpollServerSocketChannel.class)
                        .childHandler(new io.netty.channel.ChannelInboundHandlerAdapter());
                var channel = bootstrap.bind(new InetSocketAddress("127.0.0.1", 0)).sync().channel();
                boolean open = channel.isOpen();
                channel.close().sync();
                return open;
            } finally {
                group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
            }
        });
        return List.copyOf(lines);
    }
}
