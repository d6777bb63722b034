package dev.sandjar.internal.kernel;

/** What of the kernel's interface is different on other processors: the one place in Java that knows, but for tables of system calls. */
enum Architecture {
    X86_64("amd64", "x86_64", 0200000, 0400000, true),
    AARCH64("aarch64", "arm64", 040000, 0100000, false),
    /** Whose bits are not known: nothing is called there, for {@link Platform} refuses it. A wrong bit would follow a hostile link. */
    OTHER("", "", 0, 0, false);

    private final String name;
    private final String otherName;
    private final int directory;
    private final int noFollow;
    private final boolean packedEvents;

    Architecture(String name, String otherName, int directory, int noFollow, boolean packedEvents) {
        this.name = name;
        this.otherName = otherName;
        this.directory = directory;
        this.noFollow = noFollow;
        this.packedEvents = packedEvents;
    }

    /** That of a JVM whose {@code os.arch} this is. */
    static Architecture of(String name) {
        for (Architecture each : values()) {
            if (each.name.equals(name) || each.otherName.equals(name)) {
                return each;
            }
        }
        return OTHER;
    }

    static Architecture ofThisJvm() {
        return of(System.getProperty("os.arch", ""));
    }

    /** O_DIRECTORY of {@code open(2)}. */
    int directory() {
        return directory;
    }

    /** O_NOFOLLOW of {@code open(2)}. */
    int noFollow() {
        return noFollow;
    }

    /** Whether {@code struct epoll_event} has no gap. */
    boolean packsEvents() {
        return packedEvents;
    }
}
