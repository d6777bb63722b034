package dev.sandjar.oci;

import java.io.IOException;

/** Thrown when a config.json is malformed, or asks for something that Sandjar doesn't do. The message says where in the file, and why. */
public final class InvalidBundleException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The place in the file. */
    private final String jsonPath;

    InvalidBundleException(String jsonPath, String reason) {
        super("config.json: " + (jsonPath.isEmpty() ? "" : jsonPath + ": ") + reason);
        this.jsonPath = jsonPath;
    }

    /**
     * Returns the place in the file that is refused.
     *
     * @return a JSON Pointer (RFC 6901) such as {@code /mounts/3/options/1}; empty for the whole file
     */
    public String jsonPath() {
        return jsonPath;
    }
}
