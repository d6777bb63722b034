package dev.sandjar.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.bpf.BpfInterpreter;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.Returns;
import dev.sandjar.internal.bpf.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeccompProfileTest {
    private static int run(SeccompProfile profile, String call, long... arguments) {
        byte[] program = FilterCompiler.compile(
                        profile, Machine.X86_64, Set.of(), new KernelVersion(6, 1), InterceptedCalls.NOTHING)
                .main();
        List<Long> list = new ArrayList<>();
        for (long argument : arguments) {
            list.add(argument);
        }
        int number = SyscallTable.of(Machine.X86_64).number(call).orElseThrow();
        return BpfInterpreter.run(program, number, Machine.X86_64.audit(), list);
    }

    @Test
    void builtInsSurviveJson() {
        for (SeccompProfile profile : List.of(SeccompProfile.standard(), SeccompProfile.strict())) {
            SeccompProfile read = SeccompProfile.fromJson(profile.toJson());
            assertEquals(profile.rules(), read.rules());
            assertEquals(profile.defaultAction(), read.defaultAction());
            assertEquals(profile.unknownAction(), read.unknownAction());
            assertEquals(profile, read);
            assertEquals(profile.hashCode(), read.hashCode());
            assertNotEquals(profile.name(), read.name());
        }
        assertEquals(
                Returns.ALLOW, run(SeccompProfile.fromJson(SeccompProfile.none().toJson()), "ptrace"));
    }

    @Test
    void whatIsSaidLaterCountsFirst() {
        SeccompProfile profile = SeccompProfile.standard().toBuilder()
                .deny("getpid")
                .rule(
                        SeccompAction.killProcess(),
                        "getpid",
                        SyscallArgument.at(0).equalTo(7))
                .allow("ptrace")
                .build();
        assertEquals(Returns.KILL_PROCESS, run(profile, "getpid", 7));
        assertEquals(Returns.errno(1), run(profile, "getpid", 8));
        assertEquals(Returns.ALLOW, run(profile, "ptrace"));
        assertEquals(Returns.errno(1), run(profile.toBuilder().deny("ptrace").build(), "ptrace"));
    }

    @Test
    void intents() {
        SeccompProfile none =
                SeccompProfile.standard().toBuilder().denySockets().build();
        assertEquals(Returns.errno(97), run(none, "socket", 1, 1));
        assertEquals(Returns.errno(97), run(none, "socketpair", 1, 1));
        SeccompProfile local = none.toBuilder().allowSockets(1).build();
        assertEquals(Returns.ALLOW, run(local, "socket", 1, 1));
        assertEquals(Returns.errno(97), run(local, "socket", 2, 1));
        SeccompProfile threads =
                SeccompProfile.strict().toBuilder().allowThreads().build();
        assertEquals(Returns.ALLOW, run(threads, "clone", 0x3d0f00));
        assertEquals(Returns.errno(1), run(threads, "clone", 17));
        assertEquals(Returns.errno(38), run(threads, "clone3"));
        SeccompProfile processes =
                SeccompProfile.strict().toBuilder().allowProcesses().build();
        assertEquals(Returns.ALLOW, run(processes, "clone", 17));
        assertEquals(Returns.errno(1), run(processes, "clone", 0x10000000 | 17));
        SeccompProfile alone =
                SeccompProfile.standard().toBuilder().denyProcesses().build();
        assertEquals(Returns.errno(1), run(alone, "fork"));
        assertEquals(Returns.errno(1), run(alone, "clone", 17));
        assertEquals(Returns.ALLOW, run(alone, "clone", 0x3d0f00));
    }

    @Test
    void tellsWhatItIsMadeOf() {
        SeccompProfile profile = SeccompProfile.builder()
                .defaultAction(SeccompAction.log())
                .unknownAction(SeccompAction.killProcess())
                .rule(SeccompAction.errno(13), "ioctl", SyscallArgument.at(1).masked(0xff, 7))
                .build();
        assertEquals("custom", profile.name());
        assertEquals(SeccompAction.Kind.LOG, profile.defaultAction().kind());
        assertEquals(SeccompAction.killProcess(), profile.unknownAction());
        assertEquals(OptionalInt.empty(), profile.unknownAction().error());
        assertEquals(
                List.of(SeccompRule.of(
                        SeccompAction.errno("EACCES"),
                        List.of("ioctl"),
                        List.of(new SyscallArgument(1, SyscallArgument.Comparison.MASKED_EQUAL, 7, 0xff)))),
                profile.rules());
        assertEquals(
                "argument 1 & 0xff == 0x7",
                profile.rules().get(0).arguments().get(0).toString());
        assertEquals(Set.of(), profile.flags());
        assertEquals(
                Set.of(SeccompFlag.SPEC_ALLOW),
                SeccompProfile.fromJson(
                                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}")
                        .flags());
    }

    /** Without a filter there is nothing to install; one that lets everything pass is one. */
    @Test
    void noFilterIsNotOneThatLetsEverythingPass() {
        SeccompProfile open = SeccompProfile.none().toBuilder().build();
        assertTrue(SeccompProfile.none().isNone());
        assertFalse(open.isNone());
        assertNotEquals(SeccompProfile.none(), open);
        assertEquals(SeccompProfile.none().rules(List.of()), open);
        assertEquals("SeccompProfile(none)", SeccompProfile.none().toString());
    }

    @Test
    void misspeltCallsAreNamedWithWhatWasMeant() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> SeccompProfile.builder().allow("opnat"));
        assertTrue(e.getMessage().contains("\"openat\""), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> SeccompAction.errno("EBLUE"));
        assertThrows(IllegalArgumentException.class, () -> SeccompAction.errno(-1));
        assertThrows(IllegalArgumentException.class, () -> SeccompAction.errno(4_096));
        assertThrows(IllegalArgumentException.class, () -> SyscallArgument.at(6));
        assertThrows(IllegalArgumentException.class, () -> SyscallArgument.at(0).masked(0xff, 0x100));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`not json`|not JSON",
                "`[]`|JSON object",
                "`{\"defaultAction\": \"SCMP_ACT_SOMETIMES\"}`|defaultAction",
                "`{\"defaultAction\": \"SCMP_ACT_TRACE\"}`|tracer",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"sycalls\": []}`|unknown field \"sycalls\"",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}`|not a list",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": \"SCMP_ACT_ALLOW\"}]}`|syscalls[0]: no names",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 70000}]}`|errnoRet",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}]}`|syscalls[0].args[0].index",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 1, \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}]}]}`|64 bits",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_FLY\"]}}]}`|CAP_FLY",
                "`{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": [\"CAP_SYS_ADMIN\"]}]}`|syscalls[0].includes: not an object",
                "`{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": \"CAP_SYS_ADMIN\"}}]}`|includes.caps: not a list",
                "`{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": \"s390x\"}}]}`|includes.arches: not a list",
                "`{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": {\"index\": 0}}]}`|syscalls[0].args: not a list",
                "`{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"EBLUE\"}`|EBLUE",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\"} {}`|not JSON",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/run/x\"}`|onSyscall",
                "`{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_HOPE\"]}`|HOPE",
            })
    void malformedProfilesAreRefusedWithThePlace(String json, String part) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SeccompProfile.fromJson(json));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void hostileSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> SeccompProfile.fromJson("[".repeat(100_000)));
        assertThrows(IllegalArgumentException.class, () -> SeccompProfile.fromJson(" ".repeat(2 << 20)));
    }

    /** As runc has it: conditions on one argument that is named twice are alternatives. */
    @Test
    void repeatedArgumentsAreAlternatives() {
        SeccompProfile profile = SeccompProfile.fromJson(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                 "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}]}
                """);
        assertEquals(Returns.ALLOW, run(profile, "personality", 0));
        assertEquals(Returns.ALLOW, run(profile, "personality", 8));
        assertEquals(Returns.errno(1), run(profile, "personality", 4));
    }

    /** A denial that says what the default says still counts before an allowance behind it. */
    @Test
    void orderIsKeptEvenForTheDefaultAction() {
        SeccompProfile profile = SeccompProfile.fromJson(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
                 {"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 21522, "op": "SCMP_CMP_EQ"}]},
                 {"names": ["ioctl"], "action": "SCMP_ACT_ALLOW"}]}
                """);
        assertEquals(Returns.errno(1), run(profile, "ioctl", 0, 21522));
        assertEquals(Returns.ALLOW, run(profile, "ioctl", 0, 21523));
    }

    @Test
    void rulesDependOnKernelAndArchitecture() {
        SeccompProfile profile = SeccompProfile.fromJson(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
                 "syscalls": [
                 {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
                 {"names": ["kcmp"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "99.0"}},
                 {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
                 {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}}]}
                """);
        assertEquals(Returns.ALLOW, run(profile, "ptrace"));
        assertEquals(Returns.errno(1), run(profile, "kcmp"));
        assertEquals(Returns.ALLOW, run(profile, "arch_prctl"));
        assertEquals(Returns.errno(1), run(profile, "modify_ldt"));
    }

    /** Podman's profiles name errors, and the name counts before the number. */
    @Test
    void errorsMayBeNamed() {
        SeccompProfile profile = SeccompProfile.fromJson(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1,
                 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES", "errnoRet": 1}]}
                """);
        assertEquals(Returns.errno(13), run(profile, "read"));
        assertEquals(Returns.errno(38), run(profile, "write"));
    }

    /** Written as JSON, it would be "at least 10 or at most 20", which is everything. */
    @Test
    void conditionsThatJsonCantSayAreNotWritten() {
        SeccompProfile profile = SeccompProfile.builder()
                .rule(
                        SeccompAction.allow(),
                        "ioctl",
                        SyscallArgument.at(1).atLeast(10),
                        SyscallArgument.at(1).atMost(20))
                .build();
        assertEquals(Returns.ALLOW, run(profile, "ioctl", 0, 15));
        assertEquals(Returns.errno(1), run(profile, "ioctl", 0, 99));
        IllegalStateException e = assertThrows(IllegalStateException.class, profile::toJson);
        assertTrue(e.getMessage().contains("ioctl"), e.getMessage());
    }

    @Test
    void equality() {
        assertEquals(
                SeccompProfile.standard(),
                SeccompProfile.fromJson(SeccompProfile.standard().toJson()));
        assertEquals(SeccompProfile.standard(), SeccompProfile.standard());
        assertEquals(
                SeccompProfile.standard(), SeccompProfile.standard().toBuilder().build());
        assertNotEquals(SeccompProfile.standard(), SeccompProfile.strict());
        assertEquals("SeccompProfile(standard)", SeccompProfile.standard().toString());
        assertEquals("SeccompProfile(none)", SeccompProfile.none().toString());
    }

    @Test
    void largeFilesAreRefused(@TempDir Path directory) throws Exception {
        Path large = Files.write(directory.resolve("large"), new byte[(1 << 20) + 1]);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SeccompProfile.fromJson(large));
        assertTrue(e.getMessage().startsWith(large + ": "), e::getMessage);
    }

    /** /dev/zero has no end. */
    @Test
    void devicesAreRefused() {
        IOException e = assertThrows(IOException.class, () -> SeccompProfile.fromJson(Path.of("/dev/zero")));
        assertTrue(e.getMessage().contains("/dev/zero"), e::getMessage);
    }

    @Test
    void aPipeIsNoFileToReadAProfileFrom(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("profile"), SeccompProfile.none().toJson());
        assertEquals(Returns.ALLOW, run(SeccompProfile.fromJson(file), "ptrace"), "the control");
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThrows(IOException.class, () -> SeccompProfile.fromJson(pipe)));
    }
}
