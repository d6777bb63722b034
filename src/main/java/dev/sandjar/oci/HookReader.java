package dev.sandjar.oci;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Hooks (config.md, "POSIX-platform Hooks"). */
final class HookReader {
    /** Longer than any container lives. */
    private static final long TIMEOUT_MAX = 1_000_000_000;

    private HookReader() {}

    static Map<OciHook.Point, List<OciHook>> read(Draft draft, JsonAt root) throws InvalidBundleException {
        Map<OciHook.Point, List<OciHook>> hooks = new EnumMap<>(OciHook.Point.class);
        Optional<JsonAt> all = root.field("hooks");
        if (all.isEmpty()) {
            return hooks;
        }
        all.get()
                .knowing(Arrays.stream(OciHook.Point.values())
                        .map(OciHook.Point::field)
                        .toArray(String[]::new));
        for (OciHook.Point point : OciHook.Point.values()) {
            List<OciHook> list = new ArrayList<>();
            for (JsonAt hook : all.get().list(point.field())) {
                list.add(one(draft, hook));
            }
            if (!list.isEmpty()) {
                hooks.put(point, List.copyOf(list));
            }
        }
        return hooks;
    }

    private static OciHook one(Draft draft, JsonAt hook) throws InvalidBundleException {
        hook.knowing("path", "args", "env", "timeout");
        String path = hook.required("path").text();
        if (!path.startsWith("/")) {
            throw hook.refused("path", "is not absolute");
        }
        List<String> args = hook.texts("args");
        Optional<Duration> timeout = hook.number("timeout", 1, TIMEOUT_MAX).map(Duration::ofSeconds);
        return new OciHook(path, args, ProcessReader.variables(draft, hook), timeout);
    }
}
