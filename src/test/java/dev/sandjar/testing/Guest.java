package dev.sandjar.testing;

import dev.sandjar.Capability;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import java.io.IOException;

/** Runs small programs in a sandbox. */
public final class Guest {
    private Guest() {}

    /** Root inside, with everything that a user namespace gives, and no filter. */
    public static Sandbox capable(Network network) {
        return Sandbox.builder()
                .userNamespace()
                .mountNamespace()
                .user(0, 0)
                .keepCapabilities(Capability.values())
                .network(network)
                .build();
    }

    /** Output of a shell script that has to succeed. */
    public static String sh(Sandbox sandbox, String script, String... arguments)
            throws IOException, InterruptedException {
        return output(trySh(sandbox, script, arguments), script);
    }

    /** Result of a shell script, whatever it is. */
    public static RunResult trySh(Sandbox sandbox, String script, String... arguments)
            throws IOException, InterruptedException {
        String[] command = new String[4 + arguments.length];
        command[0] = "/bin/sh";
        command[1] = "-c";
        command[2] = script;
        command[3] = "sh";
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        return sandbox.run(command);
    }

    /** Output of a Python program that has to succeed. */
    public static String python(Sandbox sandbox, String program) throws IOException, InterruptedException {
        return output(sandbox.run("/usr/bin/python3", "-I", "-c", program), program);
    }

    private static String output(RunResult result, String script) {
        if (result.exitValue() != 0) {
            throw new AssertionError("in the sandbox: " + script + "\nended with "
                    + result.report().verdict() + " " + result.exitValue() + "\n" + result.stdout() + result.stderr());
        }
        return result.stdout().strip();
    }
}
