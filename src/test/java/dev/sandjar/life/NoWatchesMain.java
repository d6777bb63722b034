package dev.sandjar.life;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;

/** Run where the launcher can watch no sandbox. */
final class NoWatchesMain {
    private NoWatchesMain() {}

    public static void main(String[] arguments) throws Exception {
        try {
            Sandbox.builder().build().run("true");
            System.out.println("it ran");
        } catch (SandboxException e) {
            System.out.println(e.getMessage());
        }
    }
}
