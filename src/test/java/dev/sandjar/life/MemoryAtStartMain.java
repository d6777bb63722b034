package dev.sandjar.life;

import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import java.nio.file.Path;

/** Runs programs that have used up their memory before the supervisor has told of their start. */
final class MemoryAtStartMain {
    private MemoryAtStartMain() {}

    /** Argument: the program. */
    public static void main(String[] arguments) throws Exception {
        DataSize limit = DataSize.mebibytes(32);
        Sandbox plain = Sandbox.builder().memoryLimit(limit).build();
        Sandbox closed = Sandbox.untrusted()
                .bindReadOnly(Path.of(arguments[0]), "/tmp/bomb")
                .memoryLimit(limit)
                .build();
        System.out.println("plain: " + run(plain, arguments[0]));
        System.out.println("untrusted: " + run(closed, "/tmp/bomb"));
    }

    private static String run(Sandbox sandbox, String program) throws Exception {
        try {
            return sandbox.run(program, "grow", "512").report().verdict().toString();
        } catch (SandboxException e) {
            return e.getMessage();
        }
    }
}
