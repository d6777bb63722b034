package dev.sandjar.internal.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.bpf.ModeRules.Refused;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModeRulesTest {
    private static final Machine MACHINE = Machine.X86_64;
    private static final Map<String, Integer> CHANGING = Map.of("chmod", 1, "fchmod", 1, "fchmodat", 2, "fchmodat2", 2);
    private static final int CREATE = 0x41;

    private static byte[] program(SeccompProfile policy) {
        return FilterCompiler.compile(policy, MACHINE, Set.of(), new KernelVersion(6, 1), InterceptedCalls.NOTHING)
                .main();
    }

    private static int run(byte[] program, String name, long... arguments) {
        List<Long> all = new ArrayList<>();
        for (long argument : arguments) {
            all.add(argument);
        }
        return BpfInterpreter.run(program, SyscallTable.of(MACHINE).number(name).orElseThrow(), MACHINE.audit(), all);
    }

    private static boolean changes(byte[] program, String name, long mode) {
        long[] arguments = new long[CHANGING.get(name) + 1];
        arguments[arguments.length - 1] = mode;
        return run(program, name, arguments) == Returns.ALLOW;
    }

    /** Each mode there is, against what is meant. */
    @Test
    void modesThatMayBeSet() {
        SeccompProfile standard = BuiltIns.standard();
        for (Refused refused : Refused.values()) {
            byte[] program = program(ModeRules.in(standard, refused));
            byte[] beside = program(ModeRules.alone(SeccompAction.errno(1)));
            for (String name : CHANGING.keySet()) {
                for (int mode = 0; mode <= 07777; mode++) {
                    boolean user = (mode & 04000) != 0;
                    boolean lends = user || (mode & 02011) == 02011;
                    boolean expected =
                            switch (refused) {
                                case ALL -> (mode & 06000) == 0;
                                case FOR_OTHERS -> !lends;
                                case SET_USER_ID -> !user;
                                case NOTHING -> true;
                            };
                    // The kernel reads the low half only.
                    for (long given : new long[] {mode, mode | 0x1_0000_0000L, mode | 0100000}) {
                        String what = refused + " " + name + " " + Long.toOctalString(given);
                        assertEquals(expected, changes(program, name, given), what);
                        assertEquals(!lends, changes(beside, name, given), what);
                    }
                }
            }
        }
    }

    @Test
    void modesOfNewFiles() {
        for (Refused refused : Refused.values()) {
            byte[] program = program(ModeRules.in(BuiltIns.standard(), refused));
            int expected = refused == Refused.NOTHING ? Returns.ALLOW : Returns.errno(1);
            for (long mode : new long[] {04755, 02755, 06000}) {
                assertEquals(expected, run(program, "open", 0, CREATE, mode), refused.name());
                assertEquals(expected, run(program, "openat", 0, 0, CREATE, mode), refused.name());
                assertEquals(expected, run(program, "creat", 0, mode), refused.name());
                assertEquals(expected, run(program, "mknod", 0, 0100000 | mode), refused.name());
                assertEquals(expected, run(program, "mknodat", 0, 0, 0010000 | mode), refused.name());
                // A device is none that the profile makes, whatever its mode.
                assertEquals(Returns.errno(1), run(program, "mknod", 0, 0020000 | mode), refused.name());
                assertEquals(Returns.ALLOW, run(program, "mkdir", 0, mode), refused.name());
            }
            assertEquals(Returns.ALLOW, run(program, "mknod", 0, 0010644), refused.name());
            assertEquals(Returns.ALLOW, run(program, "openat", 0, 0, CREATE, 0666), refused.name());
        }
    }

    @Test
    void otherProfilesAreLeftAlone() {
        SeccompProfile strict = BuiltIns.strict();
        assertFalse(ModeRules.has(strict));
        assertSame(strict, ModeRules.in(strict, Refused.NOTHING));
        assertTrue(ModeRules.has(BuiltIns.standard()));
        assertSame(BuiltIns.standard(), ModeRules.in(BuiltIns.standard(), Refused.ALL));
        assertEquals(Returns.ALLOW, run(program(ModeRules.alone(SeccompAction.errno(1))), "mount"));
    }
}
