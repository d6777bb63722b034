package dev.sandjar;

import dev.sandjar.image.ImageConfig;
import dev.sandjar.internal.util.GuestPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an image says of how it is to be run, where nobody but a preset has said anything else. */
final class ImageSettings {
    private static final Pattern IDS = Pattern.compile("([0-9]{1,10}):([0-9]{1,10})");
    private static final int MODE = 0755;
    private static final String HOME = "HOME";
    private static final String PATH = "PATH";
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ImageSettings() {}

    /**
     * The parts of a builder that an image has something to say about.
     *
     * @param presetUser whether the user is that of a preset
     */
    record Parts(ProcessAttributes process, Optional<User> user, boolean presetUser, Mounts mounts, RunBounds bounds) {}

    /**
     * What was said, completed by what the image says.
     *
     * @throws IllegalArgumentException if the image says what no sandbox can have
     */
    static Parts complete(ImageConfig config, Parts said) {
        Environment environment = said.process().variables();
        if (said.mounts().isFree("/etc/passwd")) {
            environment = environment.withoutPreset(HOME);
        }
        if (!config.environment().containsKey(PATH)) {
            // What engines give to an image that says nothing: its user is often root, whose tools lie in sbin.
            environment = environment.presetOr(PATH, USUAL_PATH);
        }
        environment = environment.withDefaults(config.environment());
        String directory = cleaned("working directory of the image", config.workingDirectory());
        boolean chosen = said.user().isPresent() && !said.presetUser();
        int signal = said.bounds().stopSignal().orElse(config.stopSignalNumber());
        return new Parts(
                said.process().with(environment).withDefaultDirectory(directory),
                chosen ? said.user() : user(config),
                false,
                directories(config, directory, said.mounts()),
                said.bounds().stopSignalNumber(signal));
    }

    private static Mounts directories(ImageConfig config, String workingDirectory, Mounts said) {
        List<String> paths = new ArrayList<>(List.of(workingDirectory));
        config.volumes().forEach(volume -> paths.add(cleaned("volume of the image", volume)));
        paths.removeIf("/"::equals);
        Mounts mounts = said;
        for (String path : paths) {
            MountEntry entry = new MountEntry.Directory(path, MODE);
            if (mounts.takesDefault(entry)) {
                mounts = mounts.withDefault(entry);
            }
        }
        return mounts;
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
