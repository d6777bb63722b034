package dev.sandjar.image;

import dev.sandjar.internal.util.Printable;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an image: {@code [REGISTRY/]REPOSITORY[:TAG][@DIGEST]}. As with other tools, a name without a registry means
 * {@code docker.io}, there a name without a slash means {@code library/NAME}, and without tag and digest the tag is "latest".
 * An immutable value.
 *
 * @param registry the host of the registry, with a port from 1 to 65535 if it has one
 * @param repository the path of the repository in the registry, in lower case
 * @param tag the tag, 1 to 128 letters, digits, "_", "." and "-"; empty where only a digest was given
 * @param digest the digest, such as "sha256:..." or "sha512:..."; empty where only a tag was given
 */
public record ImageReference(String registry, String repository, Optional<String> tag, Optional<String> digest) {
    private static final Pattern REGISTRY = Pattern.compile(
            "[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?|\\[[0-9a-fA-F:]+\\](?::[0-9]{1,5})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
    private static final Pattern PORT = Pattern.compile("[^:]:([0-9]{1,5})$");
    private static final int PORT_MAX = 65_535;
    private static final int LENGTH_MAX = 512;
    private static final String HUB = "docker.io";

    /**
     * Checks the parts.
     *
     * @param registry the host of the registry, with a port from 1 to 65535 if it has one
     * @param repository the path of the repository in the registry, in lower case
     * @param tag the tag; empty where only a digest was given
     * @param digest the digest; empty where only a tag was given
     * @throws IllegalArgumentException if a part is malformed or has more than 512 characters, or tag and digest are both missing
     */
    public ImageReference {
        check("registry", registry, REGISTRY);
        Matcher port = PORT.matcher(registry);
        if (port.find() && (Integer.parseInt(port.group(1)) < 1 || Integer.parseInt(port.group(1)) > PORT_MAX)) {
            throw new IllegalArgumentException("port " + port.group(1) + " of image registry "
                    + Printable.quote(registry) + " is not from 1 to " + PORT_MAX);
        }
        check("repository", repository, REPOSITORY);
        tag.ifPresent(t -> check("tag", t, TAG));
        digest.ifPresent(d -> check("digest", d, DIGEST));
        if (tag.isEmpty() && digest.isEmpty()) {
            throw new IllegalArgumentException("an image reference needs a tag or a digest");
        }
    }

    private static void check(String what, String text, Pattern pattern) {
        Matcher matcher = pattern.matcher(Objects.requireNonNull(text, what));
        if (text.length() > LENGTH_MAX || !matcher.matches()) {
            throw new IllegalArgumentException("image " + what + " " + Printable.quote(text) + " is malformed");
        }
    }

    /**
     * Reads the name of an image.
     *
     * @param text a name such as "alpine:3.20" or "localhost:5000/team/tool@sha256:..."
     * @return the parts of the name
     * @throws IllegalArgumentException if the name is malformed
     */
    public static ImageReference parse(String text) {
        String rest = Objects.requireNonNull(text, "image reference");
        if (rest.isEmpty()) {
            throw new IllegalArgumentException(
                    "the image reference is empty: it is [REGISTRY/]REPOSITORY[:TAG][@DIGEST], such as \"alpine:3.20\"");
        }
        Optional<String> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(rest.substring(at + 1));
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        int slash = rest.indexOf('/');
        String first = slash < 0 ? "" : rest.substring(0, slash);
        boolean named = first.contains(".")
                || first.contains(":")
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
        if (named) {
            return new ImageReference(first, rest.substring(slash + 1), tag, digest);
        }
        return new ImageReference(HUB, slash < 0 ? "library/" + rest : rest, tag, digest);
    }

    /** Returns the name as {@code REGISTRY/REPOSITORY[:TAG][@DIGEST]}, which {@link #parse} reads. */
    @Override
    public String toString() {
        return registry + "/" + repository + tag.map(t -> ":" + t).orElse("")
                + digest.map(d -> "@" + d).orElse("");
    }
}
