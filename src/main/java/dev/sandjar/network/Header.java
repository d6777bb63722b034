package dev.sandjar.network;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A header of HTTP whose value is a secret, for {@link EgressRule#credential}: it is put into requests outside the sandbox, so that no
 * program inside has it. The value is asked for with each request and kept nowhere; it is no part of {@link #toString()}, of events, logs
 * and exceptions. Two headers are equal if they are the same object. Immutable; as thread-safe as its supplier, which is called by
 * several threads.
 */
public final class Header {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");
    private static final Pattern VALUE = Pattern.compile("[!-~](?:[ -~]{0,16382}[!-~])?");
    /** Those that say where a request goes or ends, or belong to one connection. */
    private static final Set<String> RESERVED = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final String name;
    private final Supplier<String> value;

    private Header(String name, Supplier<String> value) {
        this.name = name;
        this.value = value;
    }

    /**
     * A header of any name, such as {@code X-Api-Key}.
     *
     * @param name 1 to 64 letters, digits and hyphens, of which the first is no hyphen; not one that says where a request goes or ends, such as {@code Host}
     * @param value gives the value, 1 to 16384 printable characters of ASCII without a space at either end, for each request
     * @return the header
     * @throws IllegalArgumentException if the name is malformed or reserved
     */
    public static Header of(String name, Supplier<String> value) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("malformed name of a header, allowed are letters, digits and hyphens");
        }
        if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "the header " + name + " says where a request goes or ends, and is no credential");
        }
        return new Header(name, value);
    }

    /**
     * The header {@code Authorization: Bearer TOKEN} (RFC 6750).
     *
     * @param token gives the token for each request, as {@link #of} takes it
     * @return the header
     */
    public static Header bearer(Supplier<String> token) {
        Objects.requireNonNull(token, "token");
        return new Header("Authorization", () -> "Bearer " + Objects.requireNonNull(token.get(), "token"));
    }

    /**
     * The header {@code Authorization: Basic ...} (RFC 7617), of a user and a password in UTF-8.
     *
     * @param user without a colon or control characters
     * @param password gives the password for each request
     * @return the header
     * @throws IllegalArgumentException if the user has such characters
     */
    public static Header basic(String user, Supplier<String> password) {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
        if (user.indexOf(':') >= 0 || user.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a user with a colon or control characters");
        }
        return new Header("Authorization", () -> {
            byte[] both =
                    (user + ":" + Objects.requireNonNull(password.get(), "password")).getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(both);
        });
    }

    /**
     * Returns the name of the header, as it was given.
     *
     * @return such as {@code Authorization}
     */
    public String name() {
        return name;
    }

    /**
     * Asks the supplier for the value: a secret.
     *
     * @return the value for one request
     * @throws IllegalStateException if the supplier fails or gives what can't be the value of a header; the message has nothing of either,
     *     and there is no cause
     */
    public String value() {
        String given;
        try {
            given = value.get();
        } catch (RuntimeException e) {
            // Its message may have the secret.
            throw new IllegalStateException("the supplier of " + name + " has failed with "
                    + e.getClass().getName());
        }
        if (given == null || !VALUE.matcher(given).matches()) {
            throw new IllegalStateException("the supplier of " + name + " has given what is no value of a header");
        }
        return given;
    }

    /** Returns the name alone. */
    @Override
    public String toString() {
        return name;
    }
}
