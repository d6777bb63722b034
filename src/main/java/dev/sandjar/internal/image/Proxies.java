package dev.sandjar.internal.image;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Through which proxy a server is reached. */
@FunctionalInterface
public interface Proxies {
    /** None at all. */
    Proxies NONE = uri -> null;

    /** Scheme, host and port of the proxy, perhaps with user and password; null for none. */
    @Nullable
    URI of(URI target) throws IOException;

    /** What the JVM was told, or else the variables of its environment. */
    static Proxies usual(Map<String, String> environment) {
        Proxies variables = variables(environment);
        return uri -> {
            URI chosen = ofJvm(uri);
            return chosen != null ? chosen : variables.of(uri);
        };
    }

    private static @Nullable URI ofJvm(URI uri) {
        ProxySelector selector = ProxySelector.getDefault();
        List<Proxy> some = selector == null ? List.of() : selector.select(uri);
        for (Proxy proxy : some) {
            if (proxy.type() == Proxy.Type.HTTP && proxy.address() instanceof InetSocketAddress address) {
                return URI.create("http://" + bracketed(address.getHostString()) + ":" + address.getPort());
            }
        }
        return null;
    }

    private static String bracketed(String host) {
        return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    /**
     * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, each also in lower case, as most programs understand them. This machine itself is never
     * reached through a proxy.
     */
    static Proxies variables(Map<String, String> environment) {
        return uri -> {
            boolean secure = "https".equals(uri.getScheme());
            // Who calls a CGI program chooses HTTP_PROXY: it is the header "Proxy".
            boolean foreign = !secure && environment.containsKey("REQUEST_METHOD");
            String name = secure ? "HTTPS_PROXY" : "HTTP_PROXY";
            String value = foreign ? environment.getOrDefault("http_proxy", "") : variable(environment, name);
            if (value.isBlank() || isLocal(uri.getHost()) || excluded(uri, variable(environment, "NO_PROXY"))) {
                return null;
            }
            return proxy(value.strip(), name);
        };
    }

    /** The value of the header that shows a proxy its user and password; empty for none. */
    static String authorization(URI proxy) {
        String user = proxy.getUserInfo();
        return user == null
                ? ""
                : "Basic "
                        + Base64.getEncoder()
                                .encodeToString(
                                        (user.contains(":") ? user : user + ":").getBytes(StandardCharsets.UTF_8));
    }

    private static String variable(Map<String, String> environment, String name) {
        String upper = environment.getOrDefault(name, "");
        return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
    }

    private static URI proxy(String value, String name) throws IOException {
        URI uri;
        try {
            uri = URI.create(value.contains("://") ? value : "http://" + value);
        } catch (IllegalArgumentException e) {
            // Without the value, which may hold a password.
            throw new IOException(name + " is not an address of a proxy, such as http://host:port");
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new IOException(name
                    + " names a proxy of a kind that is not supported; http://host:port and https://host:port are");
        }
        return uri;
    }

    private static String plain(String host) {
        String name = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    private static boolean isLocal(String host) {
        String name = plain(host);
        byte[] address = NoProxy.address(name);
        return name.equals("localhost") || (address != null && NoProxy.isLoopback(address));
    }

    private static boolean excluded(URI uri, String list) {
        return new NoProxy(list).has(plain(uri.getHost()), Http.port(uri));
    }
}
