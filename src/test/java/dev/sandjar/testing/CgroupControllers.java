package dev.sandjar.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which controllers this process can have cgroups of its own for: below its own cgroup, or in a scope that systemd gives it. */
final class CgroupControllers {
    private static final String OF_A_SCOPE = "cat \"$1$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.controllers\"";

    private static final Path SYSTEMD = Path.of("/run/systemd/system");

    private CgroupControllers() {}

    /** Why there is no such controller; null if there is. */
    static @Nullable String missing(String controller) {
        for (String line : lines("/proc/self/cgroup")) {
            String[] fields = line.split(":", 3);
            if (Arrays.asList(fields[1].split(",")).contains(controller)) {
                return missingOnV1(controller, fields[2]);
            }
        }
        return missingOnV2(controller);
    }

    private static @Nullable String missingOnV1(String controller, String path) {
        for (String line : lines("/proc/self/mountinfo")) {
            String[] fields = line.split(" ");
            int separator = Arrays.asList(fields).indexOf("-");
            if (fields[separator + 1].equals("cgroup")
                    && List.of(fields[separator + 3].split(",")).contains(controller)) {
                String below = fields[3].equals("/") ? path : path.substring(fields[3].length());
                return unwritable(fields[4] + (below.equals("/") ? "" : below));
            }
        }
        return "controller " + controller + " is not mounted";
    }

    private static @Nullable String missingOnV2(String controller) {
        String mount = null;
        for (String line : lines("/proc/self/mountinfo")) {
            String[] fields = line.split(" ");
            if (fields[Arrays.asList(fields).indexOf("-") + 1].equals("cgroup2")) {
                mount = fields[4];
            }
        }
        String own = lines("/proc/self/cgroup").stream()
                .filter(line -> line.startsWith("0::"))
                .map(line -> line.substring(3))
                .findFirst()
                .orElse(null);
        if (mount == null || own == null) {
            return "no cgroups are mounted";
        }
        String directory = own.equals("/") ? mount : mount + own;
        String controllers =
                isOwn(directory, own) ? String.join(" ", lines(directory + "/cgroup.controllers")) : ofAScope(mount);
        // Freezing belongs to every cgroup.
        if (controllers != null
                && (controller.equals("freezer")
                        || List.of(controllers.split(" ")).contains(controller))) {
            return null;
        }
        return controllers == null
                ? directory + " is not writable, and systemd-run --scope gives no other"
                : "controller " + controller + " is not delegated, only: " + controllers;
    }

    /** Root may write everywhere, but where systemd runs only what it gave away is root's own. */
    private static boolean isOwn(String directory, String path) {
        if (unwritable(directory) != null || !Files.isWritable(Path.of(directory, "cgroup.procs"))) {
            return false;
        }
        if (path.equals("/") || !Files.isDirectory(SYSTEMD) || !Feature.CAPABLE.isPresent()) {
            return true;
        }
        try {
            return Files.getAttribute(Path.of(directory), "user:delegate") != null;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private static @Nullable String ofAScope(String mount) {
        String manager = Feature.CAPABLE.isPresent() ? "--system" : "--user";
        String[] command = {
            "systemd-run", manager, "--scope", "--quiet", "--property=Delegate=yes", "sh", "-c", OF_A_SCOPE, "sh", mount
        };
        HostProgram.Result result = HostProgram.run(command);
        return result.exit() == 0 ? result.out().strip() : null;
    }

    private static @Nullable String unwritable(String directory) {
        Path made = Path.of(directory, "sandjar-test-" + ProcessHandle.current().pid());
        try {
            Files.createDirectory(made);
            Files.delete(made);
            return null;
        } catch (IOException e) {
            return "no cgroup can be made in " + directory + ": " + e;
        }
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }
}
