package dev.sandjar.internal.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The system's libseccomp as an oracle: what it makes of the same rules. */
final class Libseccomp {
    private static final int BAD_ARCHITECTURE = 2;
    private static final int SIZE = 24;

    private Libseccomp() {}

    static final class C {
        static native Pointer seccomp_init(int action);

        static native void seccomp_release(Pointer context);

        static native int seccomp_attr_set(Pointer context, int attribute, int value);

        static native int seccomp_syscall_resolve_name(String name);

        static native int seccomp_rule_add_array(Pointer context, int action, int call, int count, Pointer arguments);

        static native int seccomp_export_bpf(Pointer context, int fd);

        static native int memfd_create(String name, int flags);

        static native int close(int fd);
    }

    static boolean isThere() {
        try {
            Native.register(C.class, NativeLibrary.getInstance("libseccomp.so.2"));
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    /** Number of a call on this machine as it knows it, negative if it does not. */
    static int number(String name) {
        return C.seccomp_syscall_resolve_name(name);
    }

    /** The program that it exports, with what this library returns for other architectures. */
    static byte[] compile(SeccompProfile policy) throws IOException {
        Pointer context = C.seccomp_init(Returns.of(policy.defaultAction()));
        if (context == null) {
            throw new IOException("seccomp_init");
        }
        int fd = C.memfd_create("oracle", 1);
        try {
            check(C.seccomp_attr_set(context, BAD_ARCHITECTURE, Returns.KILL_PROCESS), "seccomp_attr_set");
            for (SeccompRule rule : policy.rules()) {
                for (String name : rule.names()) {
                    add(context, rule, number(name));
                }
            }
            check(C.seccomp_export_bpf(context, fd), "seccomp_export_bpf");
            return Files.readAllBytes(Path.of("/proc/self/fd/" + fd));
        } finally {
            C.seccomp_release(context);
            C.close(fd);
        }
    }

    private static void add(Pointer context, SeccompRule rule, int number) throws IOException {
        List<SyscallArgument> tests = rule.arguments();
        // struct scmp_arg_cmp: unsigned int arg; enum op; uint64_t datum_a, datum_b
        try (Memory memory = new Memory((long) SIZE * Math.max(tests.size(), 1))) {
            memory.clear();
            for (int i = 0; i < tests.size(); i++) {
                SyscallArgument test = tests.get(i);
                boolean masked = test.comparison() == SyscallArgument.Comparison.MASKED_EQUAL;
                memory.setInt((long) SIZE * i, test.index());
                memory.setInt((long) SIZE * i + 4, test.comparison().ordinal() + 1);
                memory.setLong((long) SIZE * i + 8, masked ? test.mask() : test.value());
                memory.setLong((long) SIZE * i + 16, masked ? test.value() : 0);
            }
            check(
                    C.seccomp_rule_add_array(context, Returns.of(rule.action()), number, tests.size(), memory),
                    "seccomp_rule_add_array");
        }
    }

    private static void check(int result, String call) throws IOException {
        if (result < 0) {
            throw new IOException(call + ": " + result);
        }
    }
}
