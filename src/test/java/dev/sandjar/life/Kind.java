package dev.sandjar.life;

import dev.sandjar.Sandbox;

/** Policies that differ in who ends the processes of a sandbox. */
enum Kind {
    /** The kernel, when the init of the pid namespace dies. */
    UNTRUSTED,
    /** The supervisor, by what it finds in /proc. */
    PLAIN,
    /** Both: the program itself is pid 1, and the supervisor is outside. */
    WITHOUT_INIT;

    Sandbox sandbox() {
        return switch (this) {
            // None is made ahead: the steps of a story would never end.
            case UNTRUSTED -> Sandbox.untrusted().warm(0).build();
            case PLAIN -> Sandbox.builder().env("PATH", "/usr/bin:/bin").build();
            case WITHOUT_INIT ->
                Sandbox.builder()
                        .userNamespace()
                        .namespaces(n -> n.init(false))
                        .env("PATH", "/usr/bin:/bin")
                        .build();
        };
    }
}
