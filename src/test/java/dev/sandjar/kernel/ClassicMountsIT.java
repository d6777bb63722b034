package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The same with mount(2), as on kernels and in containers that have nothing else. */
@DisplayName("ClassicMountsIT: mount(2)")
class ClassicMountsIT extends MountCases {
    private static final String SWITCH = "sandjar.classicMounts";

    @BeforeEach
    void switchOn() {
        System.setProperty(SWITCH, "true");
    }

    @AfterEach
    void switchOff() {
        System.clearProperty(SWITCH);
    }

    @Test
    void theyAreUsed() throws Exception {
        String explanation = view().build().explain().entries().toString();
        assertTrue(explanation.contains("mount(2)") && !explanation.contains("fsopen"), explanation);
    }
}
