package dev.sandjar.internal.plugin.host;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.stdio.ChannelPipes;
import dev.sandjar.internal.util.OptionalLibrary;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Programs that serve one plugin by lines of JSON. */
final class CommandWorkers implements WorkerSource {
    private final Contract contract;
    private final Command command;
    private final Sandbox sandbox;
    private final HostLimits limits;
    private final Logger output;

    CommandWorkers(Contract contract, Command command, Sandbox sandbox, HostLimits limits) {
        this.contract = contract;
        this.command = command;
        this.sandbox = sandbox;
        this.limits = limits;
        this.output = LoggerFactory.getLogger(
                "dev.sandjar.plugin.output." + contract.type().getName());
    }

    /** @throws IllegalArgumentException if a contract is not for lines of JSON */
    static void check(Class<?> type) {
        List<String> problems = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ContractMethod method : Contract.of(type).methods()) {
            String name = method.method().getName();
            if (method.passesCapabilities()) {
                problems.add(name + ": streams, files and callbacks can't be passed as JSON");
            }
            if (!names.add(name)) {
                problems.add(name + ": there are two methods of this name");
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    type.getName() + " is not a contract for a command:\n  " + String.join("\n  ", problems));
        }
    }

    @Override
    public Contract contract() {
        return contract;
    }

    /** It is ready when it has started: what it reads waits for it. */
    @Override
    public Worker start(Duration time) throws IOException {
        OptionalLibrary.JACKSON.neededFor("A plugin that is a command");
        ChannelPipes pipes = ChannelPipes.open();
        SandboxProcess process = null;
        try {
            process = sandbox.start(command.mergeStderr()
                    .descriptor("calls", Descriptor.readFrom(pipes.guestInput()))
                    .descriptor("replies", Descriptor.writeTo(pipes.guestOutput())));
            pipes.closeGuestEnds();
            process.getOutputStream().close();
            return new Worker(
                    process, pipes, null, new JsonProtocol(contract, limits.codec()), limits, output, "", false);
        } catch (IOException | RuntimeException | Error e) {
            if (process != null) {
                process.close();
            }
            pipes.close();
            throw e;
        }
    }
}
