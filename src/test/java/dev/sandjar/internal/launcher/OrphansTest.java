package dev.sandjar.internal.launcher;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class OrphansTest {
    @Test
    void onlySupervisorsAreWaitedForAsOrphans() {
        // Neither no process, nor one that has gone, nor one that is no supervisor.
        Orphans.awaitEnd(List.of(0, 4_194_305, (int) ProcessHandle.current().pid()));
    }
}
