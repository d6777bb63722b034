package dev.sandjar.life;

import java.io.File;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** An application that is deployed, used and deployed anew: ReloadMain shutdown|idle|pool. Says what is left of the old ones. */
final class ReloadMain {
    private static final int TIMES = 4;
    /** The JDK's own methods of records remember the last type that they compared, up to some release. */
    private static final int REMEMBERED = 1;

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(120);

    private ReloadMain() {}

    public static void main(String[] arguments) throws Exception {
        List<WeakReference<ClassLoader>> old = new ArrayList<>();
        // As a server's: it outlives the applications that it has served.
        ExecutorService thread = Executors.newSingleThreadExecutor();
        for (int i = 0; i < TIMES; i++) {
            Callable<WeakReference<ClassLoader>> deployed = () -> new WeakReference<>(deploy(arguments[0]));
            old.add(i == 0 ? deployed.call() : thread.submit(deployed).get());
            if (arguments[0].equals("shutdown")) {
                System.out.println("after shutdown: launchers " + launchers());
            }
        }
        long end = System.nanoTime() + PATIENCE;
        while (System.nanoTime() < end
                && (left(old) > REMEMBERED || launchers() > 0 || !threads().isEmpty())) {
            System.gc();
            Thread.sleep(200);
        }
        thread.shutdown();
        thread.awaitTermination(10, TimeUnit.SECONDS);
        System.out.println("left: class loaders " + Math.max(0, left(old) - REMEMBERED) + ", launchers " + launchers()
                + ", threads " + threads());
    }

    private static long left(List<WeakReference<ClassLoader>> old) {
        return old.stream().filter(each -> each.get() != null).count();
    }

    private static long launchers() {
        return ProcessHandle.current().children().count();
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("sandjar") || name.startsWith("JNA"))
                .sorted()
                .toList();
    }

    private static ClassLoader deploy(String how) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            run(loader, (how.equals("pool") ? ReloadUse.Pool.class : ReloadUse.class).getName());
            if (how.equals("shutdown")) {
                run(loader, ReloadUse.Shutdown.class.getName());
            } else {
                Field idle =
                        loader.loadClass("dev.sandjar.internal.start.Launcher").getDeclaredField("idleNanos");
                idle.setAccessible(true);
                idle.setLong(null, TimeUnit.SECONDS.toNanos(1));
            }
            return loader;
        }
    }

    private static void run(ClassLoader loader, String name) throws Exception {
        ((Runnable) loader.loadClass(name).getConstructor().newInstance()).run();
    }
}
