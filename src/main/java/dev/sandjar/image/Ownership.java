package dev.sandjar.image;

/** How the owners that an archive names become owners on this host. */
public enum Ownership {
    /** As they are, which only root can do. */
    EXACT("exact"),
    /** All is this process's: one id is all it has. */
    SQUASHED("squashed");

    private final String directory;

    Ownership(String directory) {
        this.directory = directory;
    }

    /** Where layers that were unpacked in this way lie. */
    String directory() {
        return directory;
    }
}
