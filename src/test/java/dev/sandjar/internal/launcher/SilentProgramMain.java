package dev.sandjar.internal.launcher;

import dev.sandjar.Network;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Waits on a virtual thread for a program that says nothing, has another one run meanwhile, and kills the program. Arguments: what the
 * program is to be, and the file that it writes its number to.
 */
final class SilentProgramMain {
    private SilentProgramMain() {}

    private static AutoCloseable open(String kind) throws Exception {
        return kind.equals("relay")
                ? Relay.open(Kernel.get(), "", Network.loopback().publish(1), null, any -> new byte[0])
                : Keeper.open(Kernel.get(), List.of());
    }

    public static void main(String[] arguments) throws Exception {
        ExecutorService threads = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        Callable<AutoCloseable> opening = () -> open(arguments[0]);
        Future<AutoCloseable> opened = threads.submit(opening);
        Path number = Path.of(arguments[1]);
        if (!Await.within(Duration.ofSeconds(30), () -> Files.exists(number))) {
            throw new IllegalStateException("it was not started");
        }
        System.out.println(threads.submit(() -> "the other one runs").get(30, TimeUnit.SECONDS));
        ProcessHandle.of(Long.parseLong(Files.readString(number).strip()))
                .orElseThrow()
                .destroyForcibly();
        try (AutoCloseable wrong = opened.get(30, TimeUnit.SECONDS)) {
            System.out.println("opened " + wrong);
        } catch (ExecutionException e) {
            System.out.println(e.getCause().getMessage());
        }
    }
}
