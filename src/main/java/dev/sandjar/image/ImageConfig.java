package dev.sandjar.image;

import dev.sandjar.SandboxBuilder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an image says of how it is to be run ({@code config.md} of the OCI image specification). It was written by whoever made the
 * image, and is hostile: {@link SandboxBuilder#rootfs} takes from it what only concerns the inside. An immutable value.
 *
 * @param entrypoint the program and arguments that every start begins with; may be empty
 * @param cmd the usual arguments of the entrypoint, or program and arguments where there is no entrypoint; may be empty
 * @param environment environment variables by name; entries of the image without a name or without "=" are left out
 * @param workingDirectory the directory in which the program starts; empty means "/"
 * @param user {@code USER[:GROUP]} by names or numbers; empty means root
 * @param volumes guest paths of directories that hold data
 * @param exposedPorts ports on which the program listens, such as "80/tcp"
 * @param labels free texts by name
 * @param stopSignal the signal that asks the program to end, such as "SIGTERM"; may be empty
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
     * Copies the lists and maps.
     *
     * @param entrypoint the program and arguments that every start begins with; may be empty
     * @param cmd the usual arguments of the entrypoint, or program and arguments where there is no entrypoint; may be empty
     * @param environment environment variables by name
     * @param workingDirectory the directory in which the program starts; empty means "/"
     * @param user {@code USER[:GROUP]} by names or numbers; empty means root
     * @param volumes guest paths of directories that hold data
     * @param exposedPorts ports on which the program listens, such as "80/tcp"
     * @param labels free texts by name
     * @param stopSignal the signal that asks the program to end, such as "SIGTERM"; may be empty
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
     * Returns the configuration of which every part is empty.
     *
     * @return the configuration
     */
    public static ImageConfig empty() {
        return new ImageConfig(List.of(), List.of(), Map.of(), "", "", List.of(), List.of(), Map.of(), "");
    }

    /**
     * Returns the number of the signal that asks the program to end ({@code signal(7)}).
     *
     * @return 1 to 64; 15, which is SIGTERM, if {@link #stopSignal()} is empty
     * @throws IllegalArgumentException if {@link #stopSignal()} names a signal that does not exist
     */
    public int stopSignalNumber() {
        return StopSignals.number(stopSignal);
    }
}
