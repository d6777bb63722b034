package dev.sandjar.internal.util;

/** A library that only some parts of this one need: who uses those parts adds it. */
public enum OptionalLibrary {
    JACKSON(
            "com.fasterxml.jackson.core:jackson-databind",
            "com.fasterxml.jackson.databind",
            "com.fasterxml.jackson.databind.ObjectMapper"),
    COMMONS_COMPRESS(
            "org.apache.commons:commons-compress",
            "org.apache.commons.compress",
            "org.apache.commons.compress.archivers.tar.TarArchiveOutputStream"),
    BOUNCY_CASTLE(
            "org.bouncycastle:bcpkix-jdk18on",
            "org.bouncycastle.pkix",
            "org.bouncycastle.cert.X509v3CertificateBuilder");

    private final String artifact;
    private final String module;
    private final String type;

    OptionalLibrary(String artifact, String module, String type) {
        this.artifact = artifact;
        this.module = module;
        this.type = type;
    }

    /**
     * Refuses to go on without it.
     *
     * @param part what needs it, as the subject of a sentence
     * @throws IllegalStateException if it is not there
     */
    public void neededFor(String part) {
        try {
            Class.forName(type, false, OptionalLibrary.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalStateException(
                    part + " needs " + artifact
                            + ", which is not there: add that artifact to the class path, or to the module path"
                            + " with --add-modules " + module,
                    e);
        }
    }
}
