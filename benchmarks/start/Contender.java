import dev.sandjar.Command;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One way to start a program and to wait for its end, with pipes for its three streams as both sides have by default.
 */
record Contender(String name, String what, Start start) {
    static final String BASE = "ProcessBuilder";

    interface Start {
        int run() throws IOException, InterruptedException;
    }

    /** Ours, then those of others that are installed. */
    static List<Contender> all(Programs programs, List<SandboxPool> pools) throws IOException {
        List<Contender> all = new ArrayList<>();
        all.add(others(BASE, "no isolation", List.of(programs.run().toString())));
        all.add(sandbox(
                "Sandbox.builder()",
                "the baseline only",
                Sandbox.builder().build(),
                programs.run().toString()));
        Sandbox untrusted = untrusted(programs);
        Sandbox unlimited = untrusted.toBuilder().without(Limit.values()).build();
        Sandbox offline =
                unlimited.toBuilder().without(Isolation.NETWORK_NAMESPACE).build();
        String guest = programs.guest(programs.run());
        all.add(sandbox("untrusted(), no network namespace", "no cgroups", offline, guest));
        all.add(sandbox("untrusted(), no limits", "all namespaces, filter; no cgroups", unlimited, guest));
        all.add(sandbox("untrusted()", "everything, with memory, CPU and process limits", untrusted, guest));
        Sandbox bare = unlimited.toBuilder().warm(0).build();
        all.add(sandbox("untrusted(), warm(0)", "as above, no cgroups, cloned when asked for", bare, guest));
        Sandbox whole = bare.toBuilder().template(false).build();
        all.add(sandbox("untrusted(), template(false)", "the same, made from nothing each time", whole, guest));
        SandboxPool pool = unlimited.pool(4);
        pools.add(pool);
        all.add(new Contender("pool(4) of untrusted(), no limits", "handed out, all namespaces", () -> {
            try (SandboxProcess process = pool.start(Command.of(guest))) {
                return process.waitFor();
            }
        }));
        all.addAll(Frozen.contenders(programs));
        all.addAll(Others.installed(programs));
        return all;
    }

    static Sandbox untrusted(Programs programs) {
        return Sandbox.untrusted()
                .bindReadOnly(programs.directory(), Programs.GUEST)
                .build();
    }

    static Contender others(String name, String what, List<String> command) {
        return others(name, what, () -> command);
    }

    /** With a command of its own for each start. */
    static Contender others(String name, String what, Supplier<List<String>> command) {
        return new Contender(name, what, () -> {
            Process process = new ProcessBuilder(command.get()).start();
            int code = process.waitFor();
            process.getInputStream().close();
            process.getErrorStream().close();
            process.getOutputStream().close();
            return code;
        });
    }

    private static Contender sandbox(String name, String what, Sandbox sandbox, String program) {
        Command command = Command.of(program);
        return new Contender(name, what, () -> {
            try (SandboxProcess process = sandbox.start(command)) {
                return process.waitFor();
            }
        });
    }

    /** Whether this works here; why not is what the error says. */
    boolean canStart() throws InterruptedException {
        try {
            int code = start.run();
            if (code != 0) {
                System.err.println("benchmarks: without " + name + ": it ended with " + code);
            }
            return code == 0;
        } catch (UnsupportedIsolationException e) {
            System.err.println("benchmarks: without " + name + ": " + e.getMessage());
        } catch (IOException e) {
            System.err.println("benchmarks: without " + name + ": " + e);
        }
        return false;
    }

    /** The path that programs have inside. */
    record Programs(Path directory) {
        static final String GUEST = "/bench";

        Path run() {
            return directory.resolve("true");
        }

        Path pause() {
            return directory.resolve("pause");
        }

        String guest(Path program) {
            return GUEST + "/" + program.getFileName();
        }
    }
}
