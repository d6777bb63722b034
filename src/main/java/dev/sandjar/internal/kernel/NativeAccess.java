package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicReference;

/** Why the C library can't be called, in words. */
public final class NativeAccess {
    private static final AtomicReference<Throwable> FIRST = new AtomicReference<>();

    private NativeAccess() {}

    /**
     * Whether this JVM was told to allow JNA native access; true on releases that do not ask (before 22). A JVM that was not told
     * allows it with a warning up to some release, and says true after that warning.
     */
    public static boolean isEnabled() {
        try {
            Method asked = Module.class.getMethod("isNativeAccessEnabled");
            return Boolean.TRUE.equals(asked.invoke(com.sun.jna.Native.class.getModule()));
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** A class that failed to initialize does not say why the second time: the first failure is what is explained. */
    static SandboxException explain(Throwable latest) {
        Throwable earlier = FIRST.compareAndExchange(null, latest);
        Throwable failure = earlier == null ? latest : earlier;
        String text = chain(failure);
        if (text.contains("IllegalCallerException") || text.contains("native-access")) {
            return exception(
                    failure,
                    "this JVM denies native access (JEP 472)",
                    "start java with --enable-native-access=ALL-UNNAMED, or --enable-native-access=com.sun.jna when jna is on the"
                            + " module path");
        }
        if (text.contains("java/util/logging") || text.contains("java.util.logging")) {
            return exception(
                    failure,
                    "this Java runtime lacks the module java.logging, which JNA needs",
                    "make a runtime that has it: jlink --add-modules java.base,java.logging,... --output DIRECTORY");
        }
        if (text.contains("incompatible") || text.contains("NoSuchMethodError")) {
            return exception(
                    failure,
                    "another version of JNA's native library was loaded",
                    "use jna 5.18.1 or later, and start java with -Djna.nosys=true");
        }
        String reason = "JNA could not load its native library: " + failure.getMessage();
        if (text.contains(Errno.EMFILE.text())) {
            return exception(failure, reason, Calls.remedy(Errno.EMFILE.number()));
        }
        if (text.contains(Errno.EFBIG.text())) {
            return exception(failure, reason, "raise the limit on the size of files (ulimit -f) to 1 MiB or more");
        }
        return exception(
                failure,
                reason,
                "JNA unpacks it into jna.tmpdir, by default a directory below ~/.cache or java.io.tmpdir, which must be writable"
                        + " and not mounted noexec: name another with -Djna.tmpdir=DIRECTORY");
    }

    private static SandboxException exception(Throwable failure, String reason, String remedy) {
        SandboxException e = new SandboxException("load the native library", null, null, 0, reason, remedy);
        e.initCause(failure);
        return e;
    }

    private static String chain(Throwable failure) {
        StringBuilder text = new StringBuilder();
        int depth = 0;
        for (Throwable t = failure; t != null && depth < 10; t = t.getCause(), depth++) {
            text.append(t).append('\n');
        }
        return text.toString();
    }
}
