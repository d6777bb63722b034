package dev.sandjar.internal.kernel;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import dev.sandjar.internal.util.IoThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Connects the classes that stand for functions of the C library with these, while anybody calls them. JNA keeps such a class, and with
 * it this library's class loader, until it has to forget it; which must not happen while one of the functions runs. So calls are
 * counted, the functions are forgotten when nobody has called one for a while and no launcher is there, and the next call connects them
 * again. Thread-safe.
 */
public final class NativeFunctions {
    private static final List<Class<?>> CLASSES = List.of(CLibrary.class, EntryCalls.C.class, FileCall.C.class);
    private static final Duration UNUSED = Duration.ofSeconds(5);
    private static final int UNCONNECTED = -1;
    /** How many calls are under way. */
    private static final AtomicInteger CALLS = new AtomicInteger(UNCONNECTED);

    private static final ReentrantLock CONNECTING = new ReentrantLock();
    private static final AtomicBoolean WATCHED = new AtomicBoolean();
    /** Whether somebody will need them before long, and ends after they would be forgotten. */
    private static volatile BooleanSupplier needed = () -> false;
    /** Since somebody has looked. No more than a hint, so that it costs nothing. */
    private static boolean used;

    private NativeFunctions() {}

    /** Calls a function; the error number negated where it returns -1. */
    static int result(LongSupplier function) {
        enter();
        try {
            long value = function.getAsLong();
            return value == -1 ? -Native.getLastError() : (int) value;
        } finally {
            leave();
        }
    }

    /**
     * Begins a call.
     *
     * @throws LinkageError if JNA can't be loaded
     * @throws IllegalCallerException if this JVM denies native access
     */
    static void enter() {
        if (!used) {
            used = true;
        }
        int calls = CALLS.get();
        while (calls == UNCONNECTED || !CALLS.compareAndSet(calls, calls + 1)) {
            if (calls == UNCONNECTED) {
                connect();
            }
            calls = CALLS.get();
        }
    }

    static void leave() {
        int left = CALLS.decrementAndGet();
        assert left >= 0;
    }

    private static void connect() {
        CONNECTING.lock();
        try {
            if (CALLS.get() != UNCONNECTED) {
                return;
            }
            onThreadOfItsOwn(NativeFunctions::register);
            CALLS.set(0);
        } finally {
            CONNECTING.unlock();
        }
        watch();
    }

    private static void register() {
        // What the JVM itself is linked with, whichever C library that is.
        NativeLibrary library = NativeLibrary.getProcess();
        try {
            for (Class<?> each : CLASSES) {
                Native.register(each, library);
            }
        } finally {
            // The functions stay; an open library would keep JNA's thread, and with it the class loader, for ever.
            library.close();
        }
    }

    /** JNA leaves something of itself in the thread that registers, and caller's threads may live longer than this library is loaded. */
    private static void onThreadOfItsOwn(Runnable work) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        work.run();
                        end.complete(null);
                    } catch (RuntimeException | Error e) {
                        end.completeExceptionally(e);
                    }
                },
                "sandjar-native",
                0,
                false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        thread.start();
        try {
            end.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof RuntimeException failure ? failure : e;
        }
    }

    /** They stay connected as long as {@code condition} holds. */
    public static void keepWhile(BooleanSupplier condition) {
        needed = condition;
    }

    /** From now on somebody looks whether the functions are used. */
    public static void watch() {
        if (WATCHED.compareAndSet(false, true)) {
            var unused = IoThreads.later(UNUSED, NativeFunctions::look);
        }
    }

    private static void look() {
        WATCHED.set(false);
        if (needed.getAsBoolean() || CALLS.get() == UNCONNECTED) {
            return; // the launcher's end comes first
        }
        if (used || !forget()) {
            used = false;
            watch();
        }
    }

    /** Gives back what is kept for calls; false while there are any. */
    public static boolean forget() {
        CONNECTING.lock();
        try {
            if (!CALLS.compareAndSet(0, UNCONNECTED)) {
                return CALLS.get() == UNCONNECTED;
            }
            SpareMemory.freeAll();
            CLASSES.forEach(Native::unregister);
            return true;
        } finally {
            CONNECTING.unlock();
        }
    }

    /** For tests. */
    static boolean areConnected() {
        return CALLS.get() != UNCONNECTED;
    }
}
