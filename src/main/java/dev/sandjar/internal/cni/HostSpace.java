package dev.sandjar.internal.cni;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where this process is: plugins do there what root of the host may. */
final class HostSpace implements PluginSpace {
    private final Map<Duration, Sandbox> sandboxes = new ConcurrentHashMap<>();

    @Override
    public RunResult run(Command command, Duration timeout) throws IOException {
        Sandbox sandbox = sandboxes.get(timeout);
        if (sandbox == null) {
            sandbox = PluginPrograms.onHost(timeout);
            sandboxes.put(timeout, sandbox);
        }
        return PluginPrograms.run(sandbox, command);
    }

    @Override
    public Command reaching(Command command, int namespace) {
        return command;
    }

    /** A path that holds for services of the host too, which plugins may ask to do their work. */
    @Override
    public String path(int namespace) {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + namespace;
    }

    @Override
    public String leases() {
        return "";
    }
}
