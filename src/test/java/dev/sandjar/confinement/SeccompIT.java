package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.seccomp.Denial;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Filters as the kernel holds them. */
@KernelTest
class SeccompIT {
    private static Sandbox with(SeccompProfile profile) {
        return Sandbox.builder().env("PATH", "/usr/bin:/bin").seccomp(profile).build();
    }

    private static SeccompProfile.Builder all() {
        return SeccompProfile.none().toBuilder();
    }

    @Test
    void whatIsDeniedFailsAndTheRestWorks() throws Exception {
        String script = "mkdir /tmp/sandjar-denied-$$ 2>&1 && rmdir /tmp/sandjar-denied-$$; echo $((1 + 1))";
        assertEquals("2", Guest.sh(with(SeccompProfile.none()), script));
        String denied = Guest.sh(with(all().deny("mkdir", "mkdirat").build()), script);
        assertTrue(denied.contains("Operation not permitted") && denied.endsWith("2"), denied);
    }

    @Test
    void theErrorIsTheOneThatWasChosen() throws Exception {
        Sandbox sandbox = with(all().rule(SeccompAction.errno("EDQUOT"), "mkdir")
                .rule(SeccompAction.errno("EDQUOT"), "mkdirat")
                .build());
        String text = Guest.sh(sandbox, "LC_ALL=C mkdir /tmp/x-$$ 2>&1 || :");
        assertTrue(text.contains("Disk quota exceeded"), text);
    }

    @Test
    void argumentsDecide() throws Exception {
        // kill(2) with signal 0 stays possible.
        Sandbox sandbox = with(all().rule(
                        SeccompAction.errno("EPERM"),
                        "kill",
                        SyscallArgument.at(1).notEqualTo(0))
                .build());
        assertEquals(
                "yes no",
                Guest.sh(sandbox, "a=no; b=no; kill -0 $$ && a=yes; kill -CONT $$ 2>/dev/null && b=yes; echo $a $b"));
    }

    @Test
    void aKilledProcessIsAViolation() throws Exception {
        Sandbox sandbox =
                with(all().rule(SeccompAction.killProcess(), "getppid").build());
        RunResult result = sandbox.run("/bin/sh", "-c", ":");
        assertEquals(Verdict.SECCOMP_VIOLATION, result.report().verdict());
        assertEquals(Optional.of(Signal.SYS), result.report().signal());
        assertEquals(
                Verdict.EXITED,
                with(SeccompProfile.none()).run("/bin/sh", "-c", ":").report().verdict());
    }

    @Test
    void aProgramThatMayNotBeExecutedIsAnErrorWithItsReason() {
        SandboxException e = assertThrows(
                SandboxException.class, () -> with(all().deny("execve").build()).run("/bin/true"));
        assertEquals("execve", e.systemCall().orElse(""));
        assertTrue(e.getMessage().contains("seccomp"), e.getMessage());
    }

    /** Nothing may hang, whatever is refused on the way to the program. */
    @Test
    void evenAFilterThatRefusesToEndEnds() throws Exception {
        SeccompProfile nothing = all().deny("execve", "exit_group", "exit", "sendmsg", "write", "stat", "newfstatat")
                .build();
        assertThrows(SandboxException.class, () -> with(nothing).run("/bin/true"));
        SeccompProfile deadly = SeccompProfile.builder()
                .defaultAction(SeccompAction.killProcess())
                .build();
        RunResult result = with(deadly).run("/bin/true");
        assertEquals(Verdict.SECCOMP_VIOLATION, result.report().verdict());
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void callsOfAnotherArchitectureEndTheProcess() throws Exception {
        String program =
                """
                import ctypes, mmap
                code = bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3])  # mov eax, 20 (getpid); int 0x80; ret
                m = mmap.mmap(-1, 4096, prot=7)
                m.write(code)
                f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
                print(f() > 0)
                """;
        org.junit.jupiter.api.Assumptions.assumeTrue(
                System.getProperty("os.arch").equals("amd64"), "SKIPPED: not x86-64");
        ExitReport control = with(SeccompProfile.none())
                .run("/usr/bin/python3", "-I", "-c", program)
                .report();
        org.junit.jupiter.api.Assumptions.assumeFalse(
                control.verdict() == Verdict.SIGNALED,
                "SKIPPED: this kernel has no calls of 32-bit programs (int 0x80)");
        assertEquals(Verdict.EXITED, control.verdict());
        assertEquals(
                Verdict.SECCOMP_VIOLATION,
                with(SeccompProfile.standard())
                        .run("/usr/bin/python3", "-I", "-c", program)
                        .report()
                        .verdict());
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void numbersThatNobodyKnowsAreNotThere() throws Exception {
        String program =
                """
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                seen = set()
                for n in list(range(470, 601)) + [0x40000000, 0x40000027, 2**31 - 1, 2**31, 2**32 - 1]:
                    ctypes.set_errno(0)
                    r = libc.syscall(ctypes.c_long(n), 0, 0, 0, 0, 0, 0)
                    seen.add((r, ctypes.get_errno()))
                print(seen)
                """;
        assertEquals("{(-1, 38)}", Guest.python(with(SeccompProfile.standard()), program));
    }

    @Test
    void refusalsAreCounted() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .seccomp(all().deny("mkdir", "mkdirat").build())
                .confinement(c -> c.recordDenials(true))
                .build();
        RunResult result = sandbox.run("/bin/sh", "-c", "mkdir /tmp/x-$$; mkdir /tmp/y-$$; echo done");
        assertEquals("done", result.stdout().strip());
        List<Denial> denials = result.report().denials();
        assertEquals(1, denials.size(), denials::toString);
        assertTrue(denials.get(0).syscall().startsWith("mkdir"), denials::toString);
        assertEquals("EPERM", denials.get(0).error());
        assertEquals(2, denials.get(0).count());
        assertTrue(result.report().toString().contains("EPERM x2"), result.report()::toString);
    }

    @Test
    void descendantsAndFurtherProgramsAreHeldToo() throws Exception {
        Sandbox sandbox = with(all().deny("mkdir", "mkdirat").build());
        try (var process = sandbox.start("/bin/cat")) {
            var further = process.exec(
                    dev.sandjar.Command.of("/bin/sh", "-c", "(mkdir /tmp/x-$$ && rmdir /tmp/x-$$) || exit 7"));
            assertEquals(7, further.waitFor());
        }
    }

    @Test
    void aProfileFromJsonHolds() throws Exception {
        SeccompProfile profile = SeccompProfile.fromJson(
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                 "syscalls": [{"names": ["mkdir", "mkdirat", "call_of_tomorrow"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
                """);
        String text = Guest.sh(with(profile), "LC_ALL=C mkdir /tmp/x-$$ 2>&1 || :");
        assertTrue(text.contains("No space left"), text);
        assertEquals(profile, SeccompProfile.fromJson(profile.toJson()).equals(profile) ? profile : null);
    }

    @Test
    void explainNamesTheFilter() throws Exception {
        String text = with(SeccompProfile.standard()).explain().entries().toString();
        assertTrue(text.contains("seccomp filter, standard"), text);
    }

    private static String told(SeccompProfile profile) throws Exception {
        return with(profile).explain().entries().stream()
                .map(AppliedPolicy.Entry::request)
                .filter(request -> request.startsWith("seccomp filter"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aFilterWithANameOfOursIsNotTakenForOurs() throws Exception {
        assertEquals("seccomp filter, strict", told(SeccompProfile.strict()));
        for (SeccompProfile other : List.of(
                SeccompProfile.of("strict", SeccompAction.allow(), SeccompAction.allow(), List.of(), Set.of()),
                SeccompProfile.strict().rules(SeccompProfile.standard().rules()))) {
            assertEquals("strict", other.name());
            String told = told(other);
            assertTrue(told.startsWith("seccomp filter, \"strict") && told.endsWith("of the caller's own"), told);
        }
    }
}
