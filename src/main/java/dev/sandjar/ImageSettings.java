package dev.sandjar;

import dev.sandjar.image.ImageConfig;
import dev.sandjar.internal.util.GuestPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an image says of how it is to be run, as taken over into a builder; and how to take it back. Immutable. */
final class ImageSettings {
    private static final Pattern IDS = Pattern.compile("([0-9]{1,10}):([0-9]{1,10})");
    private static final int MODE = 0755;
    private static final String HOME = "HOME";
    private static final String PATH = "PATH";
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Parts before;
    private final Parts after;
    private final List<MountEntry> directories;

    /** The parts of a builder that an image has something to say about. */
    record Parts(ProcessAttributes process, Optional<User> user, Mounts mounts, RunBounds bounds) {}

    private ImageSettings(Parts before, Parts after, List<MountEntry> directories) {
        this.before = before;
        this.after = after;
        this.directories = List.copyOf(directories);
    }

    static ImageSettings of(ImageConfig config, Parts before) {
        Environment environment = before.process().variables();
        if (before.mounts().isFree("/etc/passwd")) {
            environment = environment.withoutPreset(HOME);
        }
        if (!config.environment().containsKey(PATH)) {
            // What engines give to an image that says nothing: its user is often root, whose tools lie in sbin.
            environment = environment.presetOr(PATH, USUAL_PATH);
        }
        environment = environment.with(config.environment());
        String directory = cleaned("working directory of the image", config.workingDirectory());
        List<String> paths = new ArrayList<>(List.of(directory));
        config.volumes().forEach(volume -> paths.add(cleaned("volume of the image", volume)));
        List<MountEntry> directories = new ArrayList<>();
        Mounts mounts = before.mounts();
        paths.removeIf("/"::equals);
        for (String path : paths) {
            MountEntry entry = new MountEntry.Directory(path, MODE);
            if (mounts.takesDefault(entry)) {
                mounts = mounts.withDefault(entry);
                directories.add(entry);
            }
        }
        Parts after = new Parts(
                before.process().with(environment).workingDirectory(directory),
                user(config),
                mounts,
                before.bounds().stopSignalNumber(config.stopSignalNumber()));
        return new ImageSettings(before, after, directories);
    }

    /** What the builder has now. */
    Parts applied() {
        return after;
    }

    /** Empty if the image's own files have to be asked who that is. */
    private static Optional<User> user(ImageConfig config) {
        if (config.user().isEmpty()) {
            return Optional.of(new User(0, 0, List.of()));
        }
        Matcher ids = IDS.matcher(config.user());
        return ids.matches()
                ? Optional.of(new User(Long.parseLong(ids.group(1)), Long.parseLong(ids.group(2)), List.of()))
                : Optional.empty();
    }

    /** As if there had been no image, but for what somebody has said since. */
    Parts takenBack(Parts parts) {
        boolean sameSignal = parts.bounds().stopSignal() == after.bounds().stopSignal();
        return new Parts(
                parts.process().takenBack(before.process(), after.process()),
                parts.user().equals(after.user()) ? before.user() : parts.user(),
                parts.mounts().withoutDefaults(directories),
                sameSignal ? parts.bounds().stopSignalNumber(before.bounds().stopSignal()) : parts.bounds());
    }

    private static String cleaned(String what, String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.remove(parts.size() - 1);
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return GuestPath.of(what, "/" + String.join("/", parts));
    }
}
