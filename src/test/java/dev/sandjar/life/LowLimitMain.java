package dev.sandjar.life;

import dev.sandjar.Sandbox;

/** Run where this process may have few descriptors. */
final class LowLimitMain {
    private LowLimitMain() {}

    public static void main(String[] arguments) throws Exception {
        System.out.print(Sandbox.builder().build().run("echo", "started").stdout());
    }
}
