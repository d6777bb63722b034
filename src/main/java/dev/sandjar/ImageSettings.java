package dev.sandjar;

import dev.sandjar.internal.Nullable;
import dev.sandjar.policy.GuestPath;
import dev.sandjar.policy.MountEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes what an image says of how it is to be run over into a builder. */
final class ImageSettings {
    private static final Pattern IDS = Pattern.compile("([0-9]{1,10}):([0-9]{1,10})");
    private static final int MODE = 0755;

    private ImageSettings() {}

    /** The user, if the image's own files have to be asked who that is; else null. */
    static @Nullable String apply(
            ImageConfig config,
            ProcessSettings process,
            IdentitySettings identity,
            MountList mounts,
            LimitSettings limits) {
        limits.stopSignal(StopSignals.number(config.stopSignal()));
        process.env(config.environment());
        String directory = cleaned("working directory of the image", config.workingDirectory());
        process.directory(directory);
        if (!directory.equals("/")) {
            mounts.addDefault(new MountEntry.Directory(directory, MODE));
        }
        for (String volume : config.volumes()) {
            String path = cleaned("volume of the image", volume);
            if (!path.equals("/")) {
                mounts.addDefault(new MountEntry.Directory(path, MODE));
            }
        }
        if (config.user().isEmpty()) {
            identity.user(0, 0);
            return null;
        }
        Matcher ids = IDS.matcher(config.user());
        if (ids.matches()) {
            identity.user(Long.parseLong(ids.group(1)), Long.parseLong(ids.group(2)));
            return null;
        }
        identity.unknownUser();
        return config.user();
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
