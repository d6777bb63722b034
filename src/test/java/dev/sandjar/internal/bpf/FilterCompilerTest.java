package dev.sandjar.internal.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FilterCompilerTest {
    private static final KernelVersion KERNEL = new KernelVersion(6, 1);
    private static final Machine MACHINE = Machine.X86_64;

    private static int number(String name) {
        return SyscallTable.of(MACHINE).number(name).orElseThrow();
    }

    private static int run(byte[] program, String name, long... arguments) {
        List<Long> list = new ArrayList<>();
        for (long argument : arguments) {
            list.add(argument);
        }
        return BpfInterpreter.run(program, number(name), MACHINE.audit(), list);
    }

    private static byte[] standard(Integer... capabilities) {
        return FilterCompiler.compile(
                        BuiltIns.standard(), MACHINE, Set.of(capabilities), KERNEL, InterceptedCalls.NOTHING)
                .main();
    }

    @Test
    void standardKeepsNamespacesThreadsAndNewCallsApart() {
        byte[] program = standard();
        assertEquals(Returns.ALLOW, run(program, "clone", 0x3d0f00)); // what pthread_create asks for
        assertEquals(Returns.errno(1), run(program, "clone", 0x10000000 | 17));
        assertEquals(Returns.errno(38), run(program, "clone3"));
        assertEquals(Returns.errno(1), run(program, "unshare", 0x10000000));
        assertEquals(Returns.errno(1), run(program, "unshare", 0x400)); // as Docker's
        assertEquals(Returns.errno(38), BpfInterpreter.run(program, 999, MACHINE.audit(), List.of()));
    }

    @Test
    void upperHalvesThatTheKernelDropsDontGetPastTheTerminal() {
        byte[] program = standard();
        assertEquals(Returns.errno(1), run(program, "ioctl", 0, 0x5412));
        assertEquals(Returns.errno(1), run(program, "ioctl", 0, 0x1_0000_5412L));
        assertEquals(Returns.errno(1), run(program, "ioctl", 0, 0xffff_ffff_0000_541cL));
        assertEquals(Returns.ALLOW, run(program, "ioctl", 0, 0x5413));
        assertEquals(Returns.errno(97), run(program, "socket", 0x1_0000_0028L, 1));
        assertEquals(Returns.ALLOW, run(program, "socket", 0x1_0000_0002L, 1));
    }

    @Test
    void standardRefusesModesThatLendRights() {
        int capFsetid = 4;
        byte[] program = standard();
        byte[] trusted = standard(capFsetid);
        int creat = 0x40 | 1;
        int tmpfile = 0x410000 | 1;
        for (int bit : new int[] {04000, 02000, 06000}) {
            for (int mode : new int[] {bit, bit | 0755, bit | 01777}) {
                long wide = 0x1_0000_0000L | mode;
                for (long m : new long[] {mode, wide}) {
                    assertRefusedUnless(trusted, program, "chmod", 0, m);
                    assertRefusedUnless(trusted, program, "fchmod", 0, m);
                    assertRefusedUnless(trusted, program, "creat", 0, m);
                    assertRefusedUnless(trusted, program, "fchmodat", 0, 0, m);
                    assertRefusedUnless(trusted, program, "fchmodat2", 0, 0, m);
                    assertRefusedUnless(trusted, program, "open", 0, creat, m);
                    assertRefusedUnless(trusted, program, "open", 0, tmpfile, m);
                    assertRefusedUnless(trusted, program, "openat", 0, 0, creat, m);
                    assertRefusedUnless(trusted, program, "openat", 0, 0, tmpfile, m);
                    assertRefusedUnless(trusted, program, "mknod", 0, 0100000 | m);
                    assertRefusedUnless(trusted, program, "mknod", 0, m);
                    assertRefusedUnless(trusted, program, "mknodat", 0, 0, 0100000 | m);
                }
                // Without O_CREAT the third argument is whatever the register holds.
                assertEquals(Returns.ALLOW, run(program, "open", 0, 2, mode));
                assertEquals(Returns.ALLOW, run(program, "openat", 0, 0, 0x90000, mode));
            }
        }
        for (int mode : new int[] {0, 0644, 0755, 01777}) {
            assertEquals(Returns.ALLOW, run(program, "chmod", 0, mode));
            assertEquals(Returns.ALLOW, run(program, "openat", 0, 0, creat, mode));
            assertEquals(Returns.ALLOW, run(program, "mknod", 0, 0010000 | mode));
        }
        assertEquals(Returns.errno(38), run(program, "openat2"));
        assertEquals(Returns.ALLOW, run(trusted, "openat2"));
    }

    private static void assertRefusedUnless(byte[] trusted, byte[] program, String name, long... arguments) {
        assertEquals(Returns.errno(1), run(program, name, arguments), () -> name + Arrays.toString(arguments));
        assertEquals(Returns.ALLOW, run(trusted, name, arguments), () -> name + Arrays.toString(arguments));
    }

    @Test
    void standardLimitsSockets() {
        byte[] program = standard();
        for (int family : new int[] {1, 2, 10}) {
            for (int type : new int[] {1, 2, 1 | 0x800, 2 | 0x80000}) {
                assertEquals(Returns.ALLOW, run(program, "socket", family, type));
            }
            assertEquals(Returns.errno(97), run(program, "socket", family, 3));
        }
        assertEquals(Returns.ALLOW, run(program, "socket", 16, 3, 0));
        for (int family : new int[] {16, 17, 38, 40, 44, 4, 31}) {
            assertEquals(Returns.errno(97), run(program, "socket", family, 3, 12));
        }
        int netRaw = 13;
        for (int family : new int[] {2, 10, 17}) {
            assertEquals(Returns.ALLOW, run(standard(netRaw), "socket", family, 3));
        }
        for (int family : new int[] {16, 29, 31, 38, 40, 44}) {
            assertEquals(Returns.errno(97), run(standard(netRaw), "socket", family, 3, 12));
        }
    }

    /**
     * What Docker gives no container without further capabilities (docs.docker.com, "Seccomp security profiles"), but for get_mempolicy,
     * which tells a program of its own memory only.
     */
    @Test
    void standardIsAtLeastAsStrictAsDockers() {
        byte[] program = standard();
        for (String call : List.of(
                "acct",
                "add_key",
                "bpf",
                "clock_adjtime",
                "clock_settime",
                "create_module",
                "delete_module",
                "finit_module",
                "get_kernel_syms",
                "init_module",
                "ioperm",
                "iopl",
                "io_uring_enter",
                "io_uring_register",
                "io_uring_setup",
                "kcmp",
                "kexec_file_load",
                "kexec_load",
                "keyctl",
                "lookup_dcookie",
                "mbind",
                "mount",
                "move_pages",
                "nfsservctl",
                "open_by_handle_at",
                "perf_event_open",
                "pivot_root",
                "process_vm_readv",
                "process_vm_writev",
                "ptrace",
                "query_module",
                "quotactl",
                "reboot",
                "request_key",
                "set_mempolicy",
                "setns",
                "settimeofday",
                "swapoff",
                "swapon",
                "sysfs",
                "_sysctl",
                "umount2",
                "uselib",
                "userfaultfd",
                "ustat",
                "fsopen",
                "fsconfig",
                "fsmount",
                "fspick",
                "open_tree",
                "move_mount",
                "mount_setattr",
                "pidfd_getfd",
                "fanotify_init",
                "syslog",
                "vhangup",
                "chroot",
                "sethostname",
                "setdomainname",
                "name_to_handle_at",
                "process_madvise")) {
            assertTrue(Returns.isErrno(run(program, call)), call);
        }
        assertEquals(Returns.errno(1), run(program, "personality", 0x0400000));
        assertEquals(Returns.ALLOW, run(program, "personality", 0xffffffffL));
        assertEquals(Returns.ALLOW, run(program, "get_mempolicy"));
        for (int domain : new int[] {0, 8, 0x20000, 0x40000, 0x60008}) {
            assertEquals(Returns.ALLOW, run(program, "personality", domain));
        }
        for (int domain : new int[] {4, 0x80000, 0x100000, 0x200000, 0x440000, 0x1040000, 0x7fffffff}) {
            assertEquals(Returns.errno(1), run(program, "personality", domain));
        }
    }

    @Test
    void whatACapabilityIsForComesBackWithIt() {
        int sysChroot = 18;
        assertEquals(Returns.ALLOW, run(standard(sysChroot), "chroot"));
        int sysAdmin = 21;
        assertEquals(Returns.ALLOW, run(standard(sysAdmin), "mount"));
        assertEquals(Returns.errno(1), run(standard(sysAdmin), "unshare", 0x10000000));
    }

    @Test
    void strictComputesAndNoMore() {
        byte[] program = FilterCompiler.compile(BuiltIns.strict(), MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        for (String call :
                List.of("socket", "socketpair", "clone", "fork", "vfork", "kill", "unlink", "mkdir", "connect")) {
            assertTrue(Returns.isErrno(run(program, call)), call);
        }
        assertEquals(Returns.ALLOW, run(program, "openat", 0, 0, 0x80000));
        for (int flags : new int[] {1, 2, 0x40, 0x241}) {
            assertEquals(Returns.errno(1), run(program, "openat", 0, 0, flags));
        }
        assertEquals(Returns.ALLOW, run(program, "ioctl", 1, 0x5413));
        assertEquals(Returns.errno(1), run(program, "ioctl", 1, 0x5412));
    }

    @Test
    void compilesEachProfileOnce() {
        SeccompProfile policy =
                SeccompProfile.of("once", SeccompAction.allow(), SeccompAction.errno(38), List.of(), Set.of());
        Compiled first = FilterCompiler.compile(policy, MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING);
        long before = FilterCompiler.compilations();
        SeccompProfile equal =
                SeccompProfile.of("again", SeccompAction.allow(), SeccompAction.errno(38), List.of(), Set.of());
        assertSame(first, FilterCompiler.compile(equal, MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING));
        assertEquals(before, FilterCompiler.compilations());
    }

    /** What the number alone decides reads no argument: only that the kernel can keep in its bitmap. */
    @Test
    void plainCallsReadNoArgument() {
        byte[] program = standard();
        for (String call : List.of("getpid", "read", "write", "futex", "munmap", "epoll_wait")) {
            assertEquals(Returns.ALLOW, run(program, call));
            assertEquals(Returns.ALLOW, run(program, call, -1, -1, -1, -1, -1, -1));
        }
    }

    @Test
    void hugeProfilesJumpFar() {
        List<SeccompRule> rules = new ArrayList<>();
        for (String name : SyscallTable.of(MACHINE).names().values()) {
            rules.add(SeccompRule.of(
                    SeccompAction.errno(number(name) + 1),
                    List.of(name),
                    List.of(SyscallArgument.at(0).greaterThan(number(name)))));
        }
        SeccompProfile policy =
                SeccompProfile.of("huge", SeccompAction.allow(), SeccompAction.errno(38), rules, Set.of());
        byte[] program = FilterCompiler.compile(policy, MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        for (String name : SyscallTable.of(MACHINE).names().values()) {
            assertEquals(Returns.errno(number(name) + 1), run(program, name, number(name) + 1L));
            assertEquals(Returns.ALLOW, run(program, name, number(name)));
        }
    }

    /** "Anything but these": far more conditions in one rule than a conditional jump reaches over. */
    @Test
    void manyConditionsInOneRule() {
        List<SyscallArgument> tests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            tests.add(SyscallArgument.at(1).notEqualTo(i));
        }
        SeccompRule rule = SeccompRule.of(SeccompAction.allow(), List.of("ioctl"), tests);
        SeccompProfile policy =
                SeccompProfile.of("far", SeccompAction.errno(1), SeccompAction.errno(38), List.of(rule), Set.of());
        byte[] program = FilterCompiler.compile(policy, MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING)
                .main();
        for (int i = 0; i < 300; i++) {
            assertEquals(Returns.errno(1), run(program, "ioctl", 0, i));
        }
        assertEquals(Returns.ALLOW, run(program, "ioctl", 0, 300));
        assertEquals(Returns.ALLOW, run(program, "ioctl", 0, 1L << 32));
    }

    @Test
    void tooManyConditionsAreAnError() {
        List<SeccompRule> rules = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            rules.add(SeccompRule.of(
                    SeccompAction.allow(),
                    List.of("ioctl"),
                    List.of(SyscallArgument.at(1).equalTo(i))));
        }
        SeccompProfile policy =
                SeccompProfile.of("too much", SeccompAction.errno(1), SeccompAction.errno(38), rules, Set.of());
        FilterTooLargeException e = assertThrows(
                FilterTooLargeException.class,
                () -> FilterCompiler.compile(policy, MACHINE, Set.of(), KERNEL, InterceptedCalls.NOTHING));
        assertTrue(e.getMessage().contains("4096"), e.getMessage());
    }

    @Test
    void theCourierPassesTheAskingFilterOnly() {
        Compiled compiled = FilterCompiler.compile(
                BuiltIns.standard(), MACHINE, Set.of(), KERNEL, new InterceptedCalls(Set.of("sendmsg"), false, false));
        byte[] asking = compiled.asking();
        assertNotNull(asking);
        long flags = FilterCompiler.LISTENER_TRANSFER_FLAGS;
        assertEquals(Returns.ALLOW, run(asking, "sendmsg", 5, 0, flags));
        assertEquals(Returns.errno(1), run(compiled.main(), "sendmsg", 5, 0, flags));
        assertEquals(Returns.USER_NOTIF, run(asking, "sendmsg", 5, 0, 0));
        assertEquals(Returns.ALLOW, run(compiled.main(), "sendmsg", 5, 0, 0));
    }
}
