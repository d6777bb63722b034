package dev.sandjar.internal.protocol;

import org.jspecify.annotations.Nullable;

/** Where in a start something happened: SJ_IN_* of protocol.h, with names for people. */
public enum Section {
    REQUEST("read the request"),
    CLONE("create the namespaces"),
    IDMAP("write the id maps"),
    OUTER("prepare outside"),
    SETUP("set up"),
    FORK("create the process"),
    STDIO("set up session and descriptors"),
    PROCESS("set up the process"),
    CHDIR("enter the working directory"),
    EXEC("execute the program"),
    CGROUP("make the cgroups"),
    OBSERVER("trace the program");

    public final String step;

    Section(String step) {
        this.step = step;
    }

    public static @Nullable Section of(int number) {
        return number >= 0 && number < values().length ? values()[number] : null;
    }
}
