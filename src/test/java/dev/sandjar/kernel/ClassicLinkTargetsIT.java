package dev.sandjar.kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;

/** The same with mount(2). */
@DisplayName("ClassicLinkTargetsIT: mount(2)")
class ClassicLinkTargetsIT extends LinkCases {
    private static final String SWITCH = "sandjar.classicMounts";

    @BeforeEach
    void switchOn() {
        System.setProperty(SWITCH, "true");
    }

    @AfterEach
    void switchOff() {
        System.clearProperty(SWITCH);
    }
}
