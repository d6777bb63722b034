package dev.sandjar.network;

import dev.sandjar.SandboxException;
import java.util.Objects;
import java.util.OptionalInt;

/** A plugin of a {@link CniNetwork} has failed, did not do what the specification asks of it, or is not there. */
public final class CniException extends SandboxException {
    private static final long serialVersionUID = 1L;

    /** Such as "bridge". */
    private final String plugin;
    /** Such as "ADD". */
    private final String command;
    /** Of the plugin's error, 0 if there is none. */
    private final int code;
    /** Of the plugin's error. */
    private final String details;

    /**
     * Makes one; users of Sandjar only catch them.
     *
     * @param plugin the type of the plugin
     * @param command what it was to do
     * @param code the code of its error, 0 if it has not told one
     * @param details the details of its error; may be empty
     * @param cause why it failed
     * @param remedy what helps; may be empty
     */
    public CniException(String plugin, String command, int code, String details, String cause, String remedy) {
        super("CNI plugin " + plugin + ", " + command, null, null, 0, cause, remedy);
        this.plugin = Objects.requireNonNull(plugin, "plugin");
        this.command = Objects.requireNonNull(command, "command");
        this.code = code;
        this.details = Objects.requireNonNull(details, "details");
    }

    /**
     * Returns which plugin it was.
     *
     * @return its type, such as "bridge"
     */
    public String plugin() {
        return plugin;
    }

    /**
     * Returns what it was to do.
     *
     * @return the value of CNI_COMMAND, such as "ADD"
     */
    public String command() {
        return command;
    }

    /**
     * Returns the code of the error that it has written: 1 to 99 are those of the specification, such as 11 for "try again later".
     *
     * @return empty if it has not written an error
     */
    public OptionalInt code() {
        return code == 0 ? OptionalInt.empty() : OptionalInt.of(code);
    }

    /**
     * Returns the details of the error that it has written.
     *
     * @return the first 4096 characters; may be empty
     */
    public String details() {
        return details;
    }
}
