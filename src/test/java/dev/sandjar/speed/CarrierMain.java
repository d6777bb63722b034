package dev.sandjar.speed;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.start.Launcher;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Virtual threads that all have one carrier wait for something that goes on only once another one of them has run: the launcher, which is
 * stopped until then, or a program that waits for its input.
 */
final class CarrierMain {
    private CarrierMain() {}

    public static void main(String[] arguments) throws Exception {
        ExecutorService threads = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        Sandbox sandbox = Sandbox.untrusted().timeout(Duration.ofMinutes(10)).build();
        try (SandboxProcess main = sandbox.start("sleep", "1000")) {
            String launcher = Integer.toString(Launcher.get().pid());
            Command echo = Command.of("echo", "hello");
            stop(launcher);
            tell("exec", threads, () -> main.exec(echo).inputReader().readLine(), () -> goOn(launcher));
            stop(launcher);
            tell("run", threads, () -> sandbox.run(echo).stdout().strip(), () -> goOn(launcher));
            try (SandboxProcess cat = main.exec(Command.of("cat"))) {
                tell("read", threads, () -> cat.inputReader().readLine(), () -> {
                    cat.outputWriter().append("hello\n").flush();
                    return null;
                });
                tell("waitFor", threads, () -> "hello" + cat.waitFor(), () -> {
                    cat.outputWriter().close();
                    return null;
                });
            }
        }
        // Not by returning, where a thread that waits for ever would keep the JVM.
        System.exit(0);
    }

    private static void tell(String what, ExecutorService threads, Callable<String> waiting, Callable<Void> waker)
            throws Exception {
        Future<String> first = threads.submit(waiting);
        Future<Void> second = threads.submit(waker);
        second.get(60, TimeUnit.SECONDS);
        System.out.println(what + " " + first.get(60, TimeUnit.SECONDS));
    }

    /** Nothing of the launcher runs from here on. */
    private static void stop(String pid) throws Exception {
        if (!kill("STOP", pid).waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("kill(1) does not end");
        }
    }

    /** Waits for nobody, on a virtual thread. */
    private static Void goOn(String pid) throws Exception {
        Process unused = kill("CONT", pid);
        return null;
    }

    private static Process kill(String signal, String pid) throws Exception {
        return new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
                .inheritIO()
                .start();
    }
}
