package dev.sandjar.image;

import dev.sandjar.SandboxBuilder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an image says of how it is to be run ({@code config.md} of the OCI image specification). It was written by whoever made the
 * image: {@link SandboxBuilder#rootfs} takes from it what only concerns the inside.
 *
 * @param entrypoint the program that every start begins with; may be empty
 * @param cmd its usual arguments, or program and arguments where there is no entrypoint; may be empty
 * @param environment variables by name; what the image has without a name or without "=" is none
 * @param workingDirectory empty means "/"
 * @param user {@code USER[:GROUP]} by names or numbers; empty means root
 * @param volumes directories that hold data
 * @param exposedPorts such as "80/tcp"
 * @param labels further words by name
 * @param stopSignal such as "SIGTERM"; may be empty
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> cmd,
        Map<String, String> environment,
        String workingDirectory,
        String user,
        List<String> volumes,
        List<String> exposedPorts,
        Map<String, String> labels,
        String stopSignal) {
    /**
     * Copies what can be changed.
     *
     * @param entrypoint the program that every start begins with
     * @param cmd its usual arguments
     * @param environment variables by name
     * @param workingDirectory empty means "/"
     * @param user {@code USER[:GROUP]}
     * @param volumes directories that hold data
     * @param exposedPorts such as "80/tcp"
     * @param labels further words by name
     * @param stopSignal may be empty
     */
    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        volumes = List.copyOf(volumes);
        exposedPorts = List.copyOf(exposedPorts);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }

    /**
     * A configuration that says nothing.
     *
     * @return all empty
     */
    public static ImageConfig empty() {
        return new ImageConfig(List.of(), List.of(), Map.of(), "", "", List.of(), List.of(), Map.of(), "");
    }

    /**
     * The number of the signal that asks its program to end.
     *
     * @return 1 to 64, see {@code signal(7)}; 15, which is TERM, if it names none
     * @throws IllegalArgumentException if it names one that does not exist
     */
    public int stopSignalNumber() {
        return StopSignals.number(stopSignal);
    }
}
