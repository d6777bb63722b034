package dev.sandjar.network;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is done to requests of a host whose TLS is ended outside.
 *
 * @param credentials that are put in
 * @param requests that are allowed; empty for all
 * @param trusted who may have signed the host's certificate; empty for those whom the JVM trusts
 */
record HttpTerms(List<Header> credentials, List<RequestRule> requests, List<X509Certificate> trusted) {
    static final HttpTerms NONE = new HttpTerms(List.of(), List.of(), List.of());

    HttpTerms with(Header header) {
        for (Header other : credentials) {
            if (other.name().equalsIgnoreCase(header.name())) {
                throw new IllegalArgumentException("two credentials for the header " + header.name());
            }
        }
        return new HttpTerms(and(credentials, List.of(header)), requests, trusted);
    }

    HttpTerms withRequests(List<RequestRule> more) {
        return new HttpTerms(credentials, and(requests, more), trusted);
    }

    HttpTerms withTrusted(List<X509Certificate> more) {
        return new HttpTerms(credentials, requests, and(trusted, more));
    }

    private static <T> List<T> and(List<T> some, List<T> more) {
        List<T> all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }

    boolean isEmpty() {
        return equals(NONE);
    }

    /** Such as ", requests GET /v1/**, with Authorization"; empty if there is nothing. */
    @Override
    public String toString() {
        Stream<String> parts = Stream.of(
                requests.isEmpty() ? "" : "requests " + joined(requests),
                credentials.isEmpty() ? "" : "with " + joined(credentials),
                trusted.isEmpty() ? "" : "trusting " + trusted.size() + " certificates of the caller");
        return parts.filter(each -> !each.isEmpty()).map(each -> ", " + each).collect(Collectors.joining());
    }

    private static String joined(List<?> all) {
        return all.stream().map(Object::toString).collect(Collectors.joining("+"));
    }
}
