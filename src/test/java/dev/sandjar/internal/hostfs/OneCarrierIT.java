package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Virtual threads that all have to go over one thread of the system. */
@KernelTest
@Tag("once")
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before Java 21")
class OneCarrierIT {
    @TempDir
    Path directory;

    /** As one that unpacks a layer, and is made to wait by its decompressing thread while others want the layer. */
    @Test
    void whoWaitsForALockLetsItsHolderRunOn() throws Exception {
        String said = Jvm.onOneCarrier(LockedMain.class, directory, directory.toString());
        assertTrue(said.contains("first true, second true\n"), said);
    }
}
