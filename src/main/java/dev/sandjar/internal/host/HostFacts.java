package dev.sandjar.internal.host;

import dev.sandjar.Capability;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Settings of this machine that often stand behind a failure, for people to read. Nothing is decided by them. */
public final class HostFacts {
    private HostFacts() {}

    /** Names and values, in an order for reading. */
    public static Map<String, String> read(HostFiles files) {
        Map<String, String> facts = new LinkedHashMap<>();
        put(facts, "kernel", files.text("/proc/sys/kernel/osrelease"));
        put(facts, "user id", files.status("Uid").split("\\s+")[0]);
        put(facts, "effective capabilities", capabilities(files.status("CapEff")));
        put(facts, "namespaces that can be joined", joinable(files.status("CapEff")));
        String container = Containers.kind(files);
        facts.put("container", container == null ? "none detected" : container);
        facts.put("seccomp filter on this process", Containers.hasFilter(files) ? "yes" : "no");
        facts.put("no_new_privs on this process", files.status("NoNewPrivs").equals("1") ? "yes" : "no");
        put(facts, "user.max_user_namespaces", files.text("/proc/sys/user/max_user_namespaces"));
        put(facts, "kernel.unprivileged_userns_clone", files.text("/proc/sys/kernel/unprivileged_userns_clone"));
        put(
                facts,
                "kernel.apparmor_restrict_unprivileged_userns",
                files.text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"));
        List<String> masks = MountTable.read(files).masksOfProc();
        facts.put("parts of /proc mounted over", masks.isEmpty() ? "none" : String.join(" ", masks));
        return facts;
    }

    private static @Nullable String joinable(String mask) {
        CapabilityMask effective = CapabilityMask.parse(mask);
        if (effective == null) {
            return null;
        }
        return effective.has(Capability.SYS_ADMIN)
                ? "all of this user namespace"
                : "those of a user namespace of this user that is joined too";
    }

    private static @Nullable String capabilities(String mask) {
        if (mask.isEmpty()) {
            return null;
        }
        return mask.matches("0+") ? "none" : mask;
    }

    private static void put(Map<String, String> facts, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            facts.put(name, value);
        }
    }

    /** Whether anything is mounted below {@code path}. */
    public static boolean hasMountsBelow(HostFiles files, String path) {
        return MountTable.read(files).hasBelow(path);
    }

    /** Whether programs on the file system of {@code path} may be executed, as far as its mount options tell. */
    public static boolean mayExecute(HostFiles files, String path) {
        return !MountTable.read(files).isNoexec(path);
    }
}
