package dev.sandjar.image;

import dev.sandjar.internal.Engine;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/**
 * Settings for access to a registry of images by the OCI distribution protocol, for {@link ImageStore#pull(String, Registry)}. An
 * immutable value: each method returns a changed one. Credentials are sent to the registry and to the token server that it names, by https
 * unless {@link #plainHttp()} was called, and never to where the registry redirects. {@link Object#toString()} gives no secrets. Only
 * Sandjar implements this.
 *
 * <p>A proxy is used where {@link java.net.ProxySelector#getDefault()} names one for http, or else where the environment variables
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY do, also in lower case. By these variables this machine itself is never reached through a proxy.
 */
public interface Registry {
    /**
     * Returns access without credentials, by https, with four contents at once.
     *
     * @return the defaults
     */
    static Registry anonymous() {
        return Engine.get().images().anonymous();
    }

    /**
     * Returns access with the credentials that {@code docker login}, {@code podman login} or {@code skopeo login} have left for a
     * registry, by https, with four contents at once. The first of these files that knows the registry decides:
     *
     * <ul>
     *   <li>{@code $REGISTRY_AUTH_FILE}; no other is read if that is set
     *   <li>{@code $DOCKER_CONFIG/config.json}
     *   <li>{@code $XDG_RUNTIME_DIR/containers/auth.json}, or {@code /run/containers/UID/auth.json} where that is not set
     *   <li>{@code $XDG_CONFIG_HOME/containers/auth.json}, or {@code ~/.config/containers/auth.json}
     *   <li>{@code ~/.docker/config.json}, unless {@code $DOCKER_CONFIG} is set
     * </ul>
     *
     * <p>In a file {@code credHelpers}, {@code credsStore} and {@code auths} are heeded, in this order. A helper is the program {@code
     * docker-credential-NAME} in a directory of {@code $PATH}, which runs with the rights of this process. Nothing is read or run before a
     * registry asks for credentials. A registry that no file knows is asked as {@link #anonymous()} does. A file or helper that can't be
     * understood is reported by an {@link ImageException}, which has nothing of its content.
     *
     * @return access as this user has configured it
     * @throws java.io.UncheckedIOException if /proc can't be read
     */
    static Registry configured() {
        return Engine.get().images().configured();
    }

    /**
     * Returns access with a user's password, for basic authentication (RFC 7617) and for getting tokens.
     *
     * @param user the name of the user
     * @param password the password, or a token that serves as one
     * @return the changed access
     */
    Registry credentials(String user, String password);

    /**
     * Returns access with a bearer token (RFC 6750) that was got elsewhere.
     *
     * @param token the token
     * @return the changed access
     */
    Registry bearer(String token);

    /**
     * Returns access by http without encryption, for a registry on this machine or in a network that is trusted. What is pulled is still
     * compared with its digest, but whoever can change what passes through the network decides which digest a tag means, and reads
     * credentials.
     *
     * @return the changed access
     */
    Registry plainHttp();

    /**
     * Returns access by https with other certificates than those that the JDK trusts.
     *
     * @param context the TLS context that makes the connections
     * @return the changed access
     */
    Registry tls(SSLContext context);

    /**
     * Sets how many contents are fetched at once.
     *
     * @param count the number, 1 to 64; the default is 4
     * @return the changed access
     * @throws IllegalArgumentException if the number is out of range
     */
    Registry parallel(int count);

    /**
     * Sets after how long without an answer or a byte a request is made again. A pull fails after five requests in a row that brought
     * nothing new. How long a pull takes as a whole is not limited; an interrupt of its thread ends it.
     *
     * @param time the time, 1 ms to an hour; the default is 60 seconds
     * @return the changed access
     * @throws IllegalArgumentException if the time is out of range
     */
    Registry stallTimeout(Duration time);

    /**
     * Sets the listener that receives the progress of pulls; there is none by default.
     *
     * @param listener receives the progress; it is called by several threads
     * @return the changed access
     */
    Registry onProgress(PullProgress listener);
}
