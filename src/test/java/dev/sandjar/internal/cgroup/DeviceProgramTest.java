package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.linux.DeviceRule;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceProgramTest {
    private static final int BLOCK = 1;
    private static final int CHARACTER = 2;
    private static final int MAKE = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;

    private static DeviceProgram program(DeviceRule... rules) {
        return DeviceProgram.allowing(List.of(rules));
    }

    private static boolean allows(DeviceProgram program, int type, int access, int major, int minor) {
        return new BpfInterpreter(program.bytes()).run(access << 16 | type, major, minor) != 0;
    }

    @Test
    void noRuleAllowsNothing() {
        DeviceProgram none = program();
        assertFalse(allows(none, CHARACTER, READ, 1, 3));
        assertFalse(allows(none, BLOCK, MAKE, 0, 0));
    }

    @Test
    void aRuleIsForItsDeviceAndAccess() {
        DeviceProgram program = program(DeviceRule.character(1, 3, "rw"));
        assertTrue(allows(program, CHARACTER, READ, 1, 3));
        assertTrue(allows(program, CHARACTER, WRITE, 1, 3));
        assertTrue(allows(program, CHARACTER, READ | WRITE, 1, 3));
        assertFalse(allows(program, CHARACTER, READ | MAKE, 1, 3));
        assertFalse(allows(program, BLOCK, READ, 1, 3));
        assertFalse(allows(program, CHARACTER, READ, 1, 5));
        assertFalse(allows(program, CHARACTER, READ, 5, 3));
    }

    @Test
    void wildcardsAreForAll() {
        DeviceProgram program = program(
                DeviceRule.block("r").major(8),
                DeviceRule.block("m"),
                DeviceRule.character("m"),
                DeviceRule.character("rwm").minor(9));
        assertTrue(allows(program, BLOCK, READ, 8, 77));
        assertFalse(allows(program, BLOCK, WRITE, 8, 77));
        assertTrue(allows(program, BLOCK, MAKE, 250, 1));
        assertTrue(allows(program, CHARACTER, MAKE, 250, 1));
        assertTrue(allows(program, CHARACTER, READ | WRITE | MAKE, 123456, 9));
        assertFalse(allows(program, CHARACTER, READ, 123456, 10));
    }

    @Test
    void everythingIsEverything() {
        DeviceProgram program = program(DeviceRule.block("rwm"), DeviceRule.character("rwm"));
        assertTrue(allows(program, BLOCK, READ | WRITE | MAKE, 1 << 20, Integer.MAX_VALUE));
        assertTrue(allows(program, CHARACTER, READ | WRITE | MAKE, 0, 0));
    }

    @Test
    void itIsCountedInInstructions() {
        DeviceProgram program = program(DeviceRule.character(1, 3, "rwm"));
        assertEquals(6 + 3 + 2 + 2, program.instructionCount());
        assertEquals(program, program(DeviceRule.character(1, 3, "rwm")));
    }
}
