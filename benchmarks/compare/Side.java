import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Sandjar;
import dev.sandjar.plugin.Plugin;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginPoolBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One build of the library, which measures what it is asked for: a line with a name on standard input, a line with the median and the
 * lower decile in nanoseconds on standard output. Compiled for each build with its own classes.
 */
public final class Side {
    private static final String GUEST = "/benchmark";
    private static final int WARM = 15;
    private static final int STARTS = 40;
    private static final int CALLS = 3000;
    private static final int THREADS = 4;

    private Side() {}

    /** The plugin's contract. */
    public interface Echo {
        byte[] echo(byte[] bytes);
    }

    /** Its implementation. */
    public static final class Impl implements Echo {
        @Override
        public byte[] echo(byte[] bytes) {
            return bytes;
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private interface Measure {
        long[] times() throws Exception;
    }

    private static long[] times(int warm, int rounds, Action action) throws Exception {
        for (int i = 0; i < warm; i++) {
            action.run();
        }
        long[] nanos = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long begin = System.nanoTime();
            action.run();
            nanos[i] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos);
        return new long[] {nanos[rounds / 2], nanos[rounds / 10]};
    }

    /** Arguments: directory of the programs, directory of these classes. */
    public static void main(String[] args) throws Exception {
        Path programs = Path.of(args[0]).toAbsolutePath();
        Sandjar.warmUp();
        SandboxBuilder builder = Sandbox.untrusted().bindReadOnly(programs, GUEST);
        Sandbox usual = builder.build();
        Sandbox cloned = keepingNone(usual.toBuilder()).build();
        Sandbox whole = keepingNone(usual.toBuilder()).template(false).build();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            Map<String, Measure> measures = new LinkedHashMap<>();
            measures.put("untrusted()", starts(usual));
            measures.put("untrusted(), from a template", starts(cloned));
            measures.put("untrusted(), from nothing", starts(whole));
            measures.put(
                    THREADS + " at once, from a template",
                    () -> times(WARM, STARTS / 2, () -> atOnce(threads, cloned)));
            measures.put("call of a plugin, 64 bytes", () -> calls(Path.of(args[1])));
            answer(measures);
        } finally {
            threads.shutdown();
        }
    }

    private static void answer(Map<String, Measure> measures) throws Exception {
        System.out.println(String.join("|", measures.keySet()));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String name = in.readLine(); name != null; name = in.readLine()) {
            long[] times = measures.get(name).times();
            System.out.println(times[0] + " " + times[1]);
        }
    }

    private static Measure starts(Sandbox sandbox) {
        return () -> times(WARM, STARTS, () -> start(sandbox));
    }

    private static long[] calls(Path classes) throws Exception {
        byte[] bytes = new byte[64];
        try (PluginPool<Echo> pool = pool().classPath(classes).build();
                Plugin<Echo> plugin = pool.take()) {
            Echo echo = plugin.get();
            return times(2 * CALLS, CALLS, () -> echo.echo(bytes));
        }
    }

    private static void start(Sandbox sandbox) throws IOException, InterruptedException {
        int exit = sandbox.run(GUEST + "/true").exitValue();
        if (exit != 0) {
            throw new IllegalStateException("true ends with " + exit);
        }
    }

    private static void atOnce(ExecutorService threads, Sandbox sandbox) throws Exception {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            all.add(threads.submit(() -> {
                start(sandbox);
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get(1, TimeUnit.MINUTES);
        }
    }

    /** Without warm sandboxes. */
    private static SandboxBuilder keepingNone(SandboxBuilder builder) throws ReflectiveOperationException {
        return (SandboxBuilder) named(SandboxBuilder.class, "warm", "ahead").invoke(builder, 0);
    }

    @SuppressWarnings("unchecked")
    private static PluginPoolBuilder<Echo> pool() throws ReflectiveOperationException {
        return (PluginPoolBuilder<Echo>)
                named(PluginPool.class, "builder", "of").invoke(null, Echo.class, Impl.class.getName());
    }

    /** By its name of now, or by the one that it has in older builds. */
    private static Method named(Class<?> type, String now, String before) throws NoSuchMethodException {
        for (String name : new String[] {now, before}) {
            for (Method method : type.getMethods()) {
                if (method.getName().equals(name)) {
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(type + " has neither " + now + " nor " + before);
    }
}
