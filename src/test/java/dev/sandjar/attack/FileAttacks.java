package dev.sandjar.attack;

import dev.sandjar.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Landlock leaves open on files that may only be read, tried by a program that can make any call; the same program outside is
 * the control.
 */
final class FileAttacks {
    private static final String PERL = "/usr/bin/perl";
    /** O_TRUNC alone, and with the access mode 3. */
    private static final String TRUNCATE = "for my $f (512, 515) { sysopen(my $h, $ARGV[0], $f) }";
    /** FS_IOC_SETFLAGS with FS_NODUMP_FL. */
    private static final String SET_FLAGS = "open(my $h, '<', $ARGV[0]) or die; my $f = pack('l!', 0x40);"
            + " print ioctl($h, 0x40086602, $f) ? 'set' : \"$!\"";

    private final Path file;
    private final Sandbox sandbox;

    /** @param sandbox in which the file may be read */
    FileAttacks(Path file, Sandbox sandbox) {
        this.file = file;
        this.sandbox = sandbox;
    }

    static boolean canBeTried() {
        return Files.isExecutable(Path.of(PERL));
    }

    private String outside(String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(PERL, "-e", script, file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    private String inside(String script) throws IOException, InterruptedException {
        return sandbox.run(PERL, "-e", script, file.toString()).stdout();
    }

    /** What is left of the file by an attack outside, and by one inside. */
    String truncation() throws IOException, InterruptedException {
        Files.writeString(file, "content");
        String read = inside("open(my $h, '<', $ARGV[0]) or die; print <$h>");
        outside(TRUNCATE);
        String outside = Files.readString(file);
        Files.writeString(file, "content");
        inside(TRUNCATE);
        return "truncation: \"" + outside + "\" outside, \"" + Files.readString(file) + "\" inside, read as \"" + read
                + "\"";
    }

    String flags() throws IOException, InterruptedException {
        return "flags: " + outside(SET_FLAGS) + " outside, " + inside(SET_FLAGS) + " inside";
    }
}
