package dev.sandjar.internal.hostfs;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A virtual thread that has a directory locked is made to wait, and goes on once another one wants the lock. Argument: the directory. */
final class LockedMain {
    private LockedMain() {}

    public static void main(String[] arguments) throws Exception {
        ExecutorService threads = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch wanted = new CountDownLatch(1);
        Future<Boolean> first = threads.submit(() -> {
            try (HostTree directory = HostTree.open(Path.of(arguments[0]))) {
                directory.lock(true, true);
                held.countDown();
                return wanted.await(60, TimeUnit.SECONDS);
            }
        });
        if (!held.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("it can't be locked");
        }
        Future<Boolean> second = threads.submit(() -> {
            try (HostTree directory = HostTree.open(Path.of(arguments[0]))) {
                boolean free = directory.lock(false, false);
                wanted.countDown();
                return !free && directory.lock(true, true);
            }
        });
        System.out.println("first " + first.get(30, TimeUnit.SECONDS) + ", second " + second.get(30, TimeUnit.SECONDS));
        // Not by returning, where a thread that waits for ever would keep the JVM.
        System.exit(0);
    }
}
