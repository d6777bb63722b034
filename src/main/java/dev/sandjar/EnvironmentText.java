package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import dev.sandjar.internal.util.Utf8;
import java.util.Map;
import java.util.Objects;

/** Checks of environment variables and of the room that they and arguments take ({@code execve(2)}). */
final class EnvironmentText {
    /** Whatever its stack limit is, Linux gives a program no more than this for arguments and environment together. */
    static final long ROOM = 6L * 1024 * 1024;

    private static final int POINTER_AND_NUL = 9;

    private EnvironmentText() {}

    /** Puts a variable, or says what is wrong with it. */
    static void put(Map<String, String> environment, String name, String value) {
        checkName(name);
        Utf8.lengthUnquoted(() -> "value of environment variable " + Printable.quote(name), value);
        environment.put(name, value);
    }

    private static void checkName(String name) {
        Objects.requireNonNull(name, "name of an environment variable");
        int length = Utf8.length("environment variable name", name);
        if (length == 0 || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException("environment variable name " + Printable.quote(name)
                    + (length == 0 ? " is empty" : " contains \"=\"; pass name and value apart, by env(name, value)"));
        }
    }

    static void putAll(Map<String, String> environment, Map<String, String> added) {
        Objects.requireNonNull(added, "environment variables");
        added.forEach((name, value) -> put(environment, name, value));
    }

    /** Puts the host's value of each variable that the host has. */
    static void inherit(Map<String, String> environment, Map<String, String> host, String... names) {
        for (String name : Objects.requireNonNull(names, "names of environment variables")) {
            checkName(name);
            String value = host.get(name);
            if (value == null) {
                continue;
            }
            // What the JVM could not decode in its own locale has become U+FFFD: passing that on would alter it
            // silently.
            if (value.indexOf('\uFFFD') >= 0) {
                throw new IllegalArgumentException("the host's environment variable " + Printable.quote(name)
                        + " is not readable in the encoding of this JVM; pass its value with env(...)");
            }
            put(environment, name, value);
        }
    }

    /** Refuses what no start could ever pass, so that it is found where it is said. */
    static void checkRoom(Iterable<String> arguments, Map<String, String> environment) {
        long bytes = 0;
        for (String argument : arguments) {
            bytes += Utf8.length("argument", argument) + POINTER_AND_NUL;
        }
        for (Map.Entry<String, String> entry : environment.entrySet()) {
            bytes += Utf8.length("name", entry.getKey()) + 1L + Utf8.length("value", entry.getValue());
            bytes += POINTER_AND_NUL;
        }
        if (bytes > ROOM) {
            throw new IllegalArgumentException(
                    "arguments and environment take " + bytes + " bytes, Linux allows at most " + ROOM
                            + "; pass large data by input(...), file(...) or descriptor(...)");
        }
    }
}
