package dev.sandjar;

import dev.sandjar.image.ImageConfig;
import dev.sandjar.internal.util.GuestPath;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an image says of how it is to be run, as taken over into a builder; and how to take it back. Immutable. */
final class ImageSettings {
    private static final Pattern IDS = Pattern.compile("([0-9]{1,10}):([0-9]{1,10})");
    private static final int MODE = 0755;
    private static final String HOME = "HOME";
    private static final String PATH = "PATH";
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Settings before;
    private final Settings after;
    private final List<MountEntry> directories;
    private final @Nullable String user;

    /** The parts of a builder that an image has something to say about. */
    record Parts(ProcessAttributes process, IdentitySettings identity, MountList mounts, RunBounds bounds) {}

    private record Settings(ProcessAttributes process, IdentitySettings identity, int stopSignal) {
        static Settings of(Parts parts) {
            return new Settings(
                    parts.process(), parts.identity().copy(), parts.bounds().stopSignal());
        }
    }

    private ImageSettings(Settings before, Settings after, List<MountEntry> directories, @Nullable String user) {
        this.before = before;
        this.after = after;
        this.directories = List.copyOf(directories);
        this.user = user;
    }

    /** Changes the identity and the mounts; the rest is {@link #applied}. */
    static ImageSettings of(ImageConfig config, Parts parts) {
        Settings before = Settings.of(parts);
        int stopSignal = config.stopSignalNumber();
        Environment environment = parts.process().variables();
        if (parts.mounts().isFree("/etc/passwd")) {
            environment = environment.withoutPreset(HOME);
        }
        if (!config.environment().containsKey(PATH)) {
            // What engines give to an image that says nothing: its user is often root, whose tools lie in sbin.
            environment = environment.presetOr(PATH, USUAL_PATH);
        }
        environment = environment.with(config.environment());
        String directory = cleaned("working directory of the image", config.workingDirectory());
        ProcessAttributes process = parts.process().with(environment).workingDirectory(directory);
        List<MountEntry> directories = new ArrayList<>();
        if (!directory.equals("/")) {
            directories.add(new MountEntry.Directory(directory, MODE));
        }
        for (String volume : config.volumes()) {
            String path = cleaned("volume of the image", volume);
            if (!path.equals("/")) {
                directories.add(new MountEntry.Directory(path, MODE));
            }
        }
        directories.removeIf(entry -> !parts.mounts().addDefault(entry));
        String user = user(config, parts.identity());
        Settings after = new Settings(process, parts.identity().copy(), stopSignal);
        return new ImageSettings(before, after, directories, user);
    }

    Parts applied(Parts parts) {
        return new Parts(
                after.process(),
                parts.identity(),
                parts.mounts(),
                parts.bounds().stopSignalNumber(after.stopSignal()));
    }

    /** The user's name, if the image's own files have to be asked who that is; else null. */
    private static @Nullable String user(ImageConfig config, IdentitySettings identity) {
        if (config.user().isEmpty()) {
            identity.user(new User(0, 0, List.of()));
            return null;
        }
        Matcher ids = IDS.matcher(config.user());
        if (ids.matches()) {
            identity.user(new User(Long.parseLong(ids.group(1)), Long.parseLong(ids.group(2)), List.of()));
            return null;
        }
        identity.unknownUser();
        return config.user();
    }

    @Nullable
    String user() {
        return user;
    }

    /** As if there had been no image, but for what somebody has said since. */
    Parts takenBack(Parts parts) {
        parts.identity().takeBack(before.identity(), after.identity());
        parts.mounts().removeDefaults(directories);
        boolean same = parts.bounds().stopSignal() == after.stopSignal();
        return new Parts(
                parts.process().takenBack(before.process(), after.process()),
                parts.identity(),
                parts.mounts(),
                same ? parts.bounds().stopSignalNumber(before.stopSignal()) : parts.bounds());
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
