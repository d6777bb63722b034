package dev.sandjar.image;

import dev.sandjar.internal.Engine;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/**
 * How to talk to a registry of images. An immutable value: each method returns a changed one. Credentials are sent to the registry, and
 * to the token server that it names, by https unless {@link #plainHttp()} was called; never to where it redirects. Its text is without
 * secrets. Only Sandjar implements it.
 */
public interface Registry {
    /**
     * Without credentials, by https, four contents at once.
     *
     * @return the defaults
     */
    static Registry anonymous() {
        return Engine.get().images().anonymous();
    }

    /**
     * With the credentials that {@code docker login}, {@code podman login} or {@code skopeo login} have left for a registry, by https, four
     * contents at once. The first of these files that knows the registry decides:
     *
     * <ul>
     *   <li>{@code $REGISTRY_AUTH_FILE}; no other is read if that is set
     *   <li>{@code $DOCKER_CONFIG/config.json}
     *   <li>{@code $XDG_RUNTIME_DIR/containers/auth.json}, or {@code /run/containers/UID/auth.json} where that is not set
     *   <li>{@code $XDG_CONFIG_HOME/containers/auth.json}, or {@code ~/.config/containers/auth.json}
     *   <li>{@code ~/.docker/config.json}, unless {@code $DOCKER_CONFIG} is set
     * </ul>
     *
     * <p>In it {@code credHelpers}, {@code credsStore} and {@code auths} are heeded, in this order: a helper is the program {@code
     * docker-credential-NAME} in a directory of {@code $PATH}, which runs as this process does. Nothing is read or run before a registry asks
     * for credentials. A registry that none of them knows is asked as {@link #anonymous()} does; a file or helper that can't be understood
     * is reported by an {@link ImageException} without anything of its content.
     *
     * @return what this user has configured
     */
    static Registry configured() {
        return Engine.get().images().configured();
    }

    /**
     * With a user's password, for basic authentication (RFC 7617) and for getting tokens.
     *
     * @param user name
     * @param password or a token that serves as one
     * @return the changed access
     */
    Registry credentials(String user, String password);

    /**
     * With a bearer token (RFC 6750) that was got elsewhere.
     *
     * @param token the token
     * @return the changed access
     */
    Registry bearer(String token);

    /**
     * By http without encryption: for a registry on this machine or in a network that is trusted. What is pulled is still held against
     * its digest, but a tag can then be made to mean anything.
     *
     * @return the changed access
     */
    Registry plainHttp();

    /**
     * With other certificates than those that the JDK trusts.
     *
     * @param context of TLS
     * @return the changed access
     */
    Registry tls(SSLContext context);

    /**
     * How many contents are fetched at once.
     *
     * @param count 1 to 64; the default is 4
     * @return the changed access
     * @throws IllegalArgumentException if out of range
     */
    Registry parallel(int count);

    /**
     * After how long without an answer or a byte a request is made again, five times if nothing new comes. How long a pull takes as a
     * whole is not limited: interrupt its thread to end it.
     *
     * @param time 1 ms to an hour; the default is 60 seconds
     * @return the changed access
     * @throws IllegalArgumentException if out of range
     */
    Registry stallTimeout(Duration time);

    /**
     * Who receives the progress of pulls.
     *
     * @param listener called by several threads
     * @return the changed access
     */
    Registry onProgress(PullProgress listener);
}
