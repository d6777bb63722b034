package dev.sandjar.internal.bpf;

/** Architectures that filters can be compiled for, with their names in the places where they are named. */
public enum Machine {
    X86_64(0xC000003E, "amd64", "SCMP_ARCH_X86_64", true),
    AARCH64(0xC00000B7, "arm64", "SCMP_ARCH_AARCH64", false);

    private final int audit;
    private final String goName;
    private final String scmpName;
    private final boolean x32;

    Machine(int audit, String goName, String scmpName, boolean x32) {
        this.audit = audit;
        this.goName = goName;
        this.scmpName = scmpName;
        this.x32 = x32;
    }

    /** The one that this JVM runs on. */
    public static Machine host() {
        String name = System.getProperty("os.arch");
        return switch (name) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default -> throw new UnsupportedOperationException("the system calls of " + name + " are not known");
        };
    }

    /** AUDIT_ARCH_* as {@code struct seccomp_data} has it. */
    public int audit() {
        return audit;
    }

    String goName() {
        return goName;
    }

    String scmpName() {
        return scmpName;
    }

    /** Whether a second table of calls hides behind a bit of the number. */
    boolean hasX32() {
        return x32;
    }
}
