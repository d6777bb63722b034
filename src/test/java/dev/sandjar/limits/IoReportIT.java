package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.linux.DeviceIo;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who limits a disk, and nothing else, is told at the end what went to it. */
@KernelTest
class IoReportIT {
    private static final int MINOR_BITS = 8;
    private static final long MINOR_MASK = 0xff;
    private static final int HIGH_MINOR = 12;
    private static final int MAJOR_MASK = 0xfff;
    private static final long WRITTEN = 1 << 20;

    @Test
    void aLimitAloneBringsItsNumbers(@TempDir Path directory) throws Exception {
        long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
        int major = (int) (device >>> MINOR_BITS) & MAJOR_MASK;
        int minor = (int) (device & MINOR_MASK | device >>> HIGH_MINOR & ~MINOR_MASK);
        assumeTrue(major != 0, () -> "SKIPPED: " + directory + " is on no disk");
        Sandbox sandbox = Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .limits(l -> l.io(IoLimit.ofDevice(major, minor).writeBytes(DataSize.mebibytes(512))))
                .build();
        assumeTrue(
                sandbox.explain().isPossible(),
                () -> "SKIPPED: no limit of I/O can be had for disk " + major + ":" + minor);
        RunResult result = sandbox.run(
                "dd", "if=/dev/zero", "of=" + directory.resolve("file"), "bs=64k", "count=16", "oflag=direct");
        result.orThrow();
        List<DeviceIo> io = result.report().usage().io();
        assertTrue(
                io.stream().anyMatch(disk -> disk.writtenBytes() >= WRITTEN),
                () -> "after " + WRITTEN + " bytes: " + io);
    }
}
