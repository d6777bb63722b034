package dev.sandjar.internal.plan;

import org.jspecify.annotations.Nullable;

/** Where in a start something happened: SJ_IN_* of protocol.h, with names for people. */
enum Section {
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

    final String step;

    Section(String step) {
        this.step = step;
    }

    static @Nullable Section of(int number) {
        return number >= 0 && number < values().length ? values()[number] : null;
    }
}
