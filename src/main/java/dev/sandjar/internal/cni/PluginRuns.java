package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxException;
import dev.sandjar.Verdict;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.network.CniException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs of plugins in one place. Whatever a plugin writes is read with a bound, and told with a shorter one.
 *
 * @param pluginPath CNI_PATH
 */
record PluginRuns(PluginSpace space, List<Path> pluginPath, Duration timeout) {
    private static final int TOLD_MAX = 4096;
    private static final int CODE_MAX = 1_000_000;
    private static final int TRY_LATER = 11;

    /** In the namespace of nobody. */
    static final int NO_NAMESPACE = -1;

    /** Has a plugin do something, and returns what it answers. */
    ObjectNode ask(Plugin plugin, String command, Map<String, String> variables, ObjectNode input)
            throws SandboxException {
        return object(plugin, command, output(plugin, command, variables, input, NO_NAMESPACE));
    }

    ObjectNode object(Plugin plugin, String command, byte[] output) throws CniException {
        try {
            return StrictJson.read(output, CniConfig.SIZE_MAX, CniConfig.TEXT_MAX);
        } catch (JsonRefusal e) {
            throw lie(plugin, command, "its answer is no JSON that can be taken: " + e.getMessage(), output);
        }
    }

    /** That a plugin has said something that can't be so. */
    static CniException lie(Plugin plugin, String command, String why, byte[] output) {
        String text = new String(output, StandardCharsets.UTF_8);
        String said = text.isBlank() ? "" : "; it wrote " + Printable.quote(text.strip());
        return new CniException(
                plugin.type(),
                command,
                0,
                "",
                why + said,
                "replace the plugin: it is not as the specification wants it");
    }

    /**
     * What a plugin that has succeeded wrote.
     *
     * @param namespace a descriptor of that of the sandbox, or NO_NAMESPACE
     */
    byte[] output(Plugin plugin, String command, Map<String, String> variables, ObjectNode input, int namespace)
            throws SandboxException {
        Map<String, String> all = new LinkedHashMap<>(variables);
        all.put("CNI_COMMAND", command);
        all.put("CNI_PATH", Plugin.path(pluginPath));
        if (namespace != NO_NAMESPACE) {
            all.put("CNI_NETNS", space.path(namespace));
        }
        Command started = Command.of(plugin.program().toString())
                .arg0(plugin.type())
                .env(all)
                .input(StrictJson.write(input).getBytes(StandardCharsets.UTF_8));
        RunResult result;
        try {
            result = space.run(namespace == NO_NAMESPACE ? started : space.reaching(started, namespace), timeout);
        } catch (SandboxException e) {
            CniException failure = new CniException(
                    plugin.type(), command, 0, "", "it can't be run: " + e.getMessage(), "see what the cause says");
            failure.initCause(e);
            throw failure;
        } catch (IOException e) {
            CniException failure =
                    new CniException(plugin.type(), command, 0, "", "its output can't be read: " + e.getMessage(), "");
            failure.initCause(e);
            throw failure;
        }
        return judged(plugin, command, result);
    }

    private byte[] judged(Plugin plugin, String command, RunResult result) throws CniException {
        ExitReport report = result.report();
        if (report.verdict() == Verdict.TIMED_OUT) {
            throw failed(
                    plugin,
                    command,
                    "it had not ended after " + timeout + ", and was killed with all that it had started",
                    "see what it waits for, or give it more time by timeout(...)",
                    result);
        }
        if (report.verdict() == Verdict.OUTPUT_LIMIT_EXCEEDED) {
            throw failed(
                    plugin,
                    command,
                    "it has written more than " + PluginPrograms.OUTPUT_MAX + ", and was killed",
                    "replace the plugin",
                    result);
        }
        if (report.verdict() != Verdict.EXITED) {
            throw failed(plugin, command, "it has not ended by itself: " + report.ending(), "", result);
        }
        if (result.exitValue() != 0) {
            throw error(plugin, command, result);
        }
        return result.stdoutBytes();
    }

    private static CniException failed(Plugin plugin, String command, String cause, String remedy, RunResult result) {
        return new CniException(plugin.type(), command, 0, "", cause + errors(result), remedy);
    }

    private static String errors(RunResult result) {
        String text = result.stderr().strip();
        return text.isEmpty() ? "" : "; to standard error it wrote " + Printable.quote(text);
    }

    /** What the plugin says of its failure, if it says anything. */
    private static CniException error(Plugin plugin, String command, RunResult result) {
        ObjectNode said = null;
        try {
            said = StrictJson.read(result.stdoutBytes(), CniConfig.SIZE_MAX, CniConfig.SIZE_MAX);
        } catch (JsonRefusal e) {
            // What it wrote instead is told as it is.
        }
        JsonNode number = said == null ? null : said.get("code");
        if (said == null
                || number == null
                || !number.isIntegralNumber()
                || !number.canConvertToInt()
                || number.intValue() < 1
                || number.intValue() > CODE_MAX) {
            String wrote = result.stdout().strip();
            return failed(
                    plugin,
                    command,
                    "it ended with code " + result.exitValue() + " and says no error"
                            + (wrote.isEmpty() ? "" : "; it wrote " + Printable.quote(wrote)),
                    "",
                    result);
        }
        String message = bounded(said.path("msg").asText(""));
        String details = bounded(said.path("details").asText(""));
        return new CniException(
                plugin.type(),
                command,
                number.intValue(),
                details,
                "it says: " + message + (details.isEmpty() ? "" : ": " + details) + " (code " + number.intValue() + ")",
                remedy(number.intValue(), message + details));
    }

    private static String remedy(int code, String message) {
        if (message.contains("iptables") && message.contains("executable file not found")) {
            return "install iptables, which the plugin runs: apt-get install iptables";
        }
        return code == TRY_LATER ? "try again: the plugin says that it is a matter of time" : "";
    }

    private static String bounded(String text) {
        return Printable.line(text.length() > TOLD_MAX ? text.substring(0, TOLD_MAX) : text);
    }
}
