package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where programs of the same user have used up what it may watch. */
@KernelTest
@Tag("fault")
class NoWatchesIT {
    private static String outputWithout(String what) throws Exception {
        String launcher = System.getProperty("sandjar.test.faultLauncher", "");
        Assumptions.assumeTrue(Files.isExecutable(Path.of(launcher)), "no launcher with fault injection: " + launcher);
        Process jvm = ChildJvm.start(
                NoWatchesMain.class, List.of("-Dsandjar.launcher=" + launcher, "-Dsandjar.fault=" + what));
        var output = ChildJvm.output(jvm);
        String text = output.get(2, TimeUnit.MINUTES);
        assertEquals(0, jvm.waitFor(), text);
        return text;
    }

    @Test
    void noneForTheLauncherItselfIsSaidToo() throws Exception {
        String text = outputWithout("events");
        assertTrue(text.contains("no epoll watches left"), text);
        assertTrue(text.contains("fs.epoll.max_user_watches"), text);
        assertFalse(text.contains("it ran"), text);
    }

    @Test
    void whatIsUsedUpAndHowToGetMoreIsSaid() throws Exception {
        String text = outputWithout("watches");
        assertTrue(text.contains("watch the sandbox: epoll_ctl failed: ENOSPC"), text);
        assertTrue(text.contains("all the epoll watches"), text);
        assertTrue(text.contains("remedy: ") && text.contains("sysctl fs.epoll.max_user_watches="), text);
        assertFalse(text.contains("mmap"), text);
    }
}
