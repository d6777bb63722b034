package dev.sandjar.limits;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;

/** Starts what {@link ShortagesIT} asks for, in a JVM that has too little of something. */
final class ShortagesMain {
    private ShortagesMain() {}

    public static void main(String[] arguments) throws Exception {
        Sandbox sandbox = arguments[0].equals("captured")
                ? Sandbox.hermetic().hostPrograms().build()
                : Sandbox.untrusted().build();
        try {
            System.out.println(sandbox.run("true").report().verdict());
        } catch (SandboxException e) {
            System.out.println("message: " + e.getMessage());
            System.out.println("remedy: " + e.remedy());
        }
    }
}
