package dev.sandjar.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Which requests of HTTP a rule allows, for {@link EgressRule#allowRequests}. Immutable and thread-safe.
 *
 * @param method in capital letters, such as {@code GET}; {@code *} for any
 * @param path a pattern, such as {@code /v1/**}
 */
public record RequestRule(String method, String path) {
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,24}|\\*");
    private static final Pattern PATH = Pattern.compile("/[!-~&&[^?#%\\\\;]]{0,1023}");
    private static final String ANY_NUMBER = "**";

    /**
     * Makes a rule.
     *
     * @param method 1 to 24 capital letters; {@code *} for any method. {@code CONNECT}, {@code TRACE} and {@code TRACK} are never allowed
     * @param path 1 to 1024 printable characters of ASCII, beginning with a slash, without {@code ? # % \ ;}. {@code *} stands for any
     *     characters but slashes within a segment; a segment {@code **} for any number of segments, also none, so that {@code /v1/**} stands for
     *     {@code /v1}, {@code /v1/} and all below
     * @throws IllegalArgumentException if one is malformed, or the path has an empty segment before its end, or one of dots
     */
    public RequestRule {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        if (!METHOD.matcher(method).matches()
                || List.of("CONNECT", "TRACE", "TRACK").contains(method)) {
            throw new IllegalArgumentException(
                    "the method " + method + " can't be allowed: allowed are capital letters, or *");
        }
        if (!PATH.matcher(path).matches()
                || path.contains("//")
                || List.of(path.split("/", -1)).stream().anyMatch(each -> each.equals(".") || each.equals(".."))) {
            throw new IllegalArgumentException(
                    "the pattern of paths " + path
                            + " is malformed: it begins with a slash and has none of ? # % \\ ; and no empty segments or dots alone");
        }
    }

    /**
     * Tells whether a request is one of the rule.
     *
     * @param asked the method, as it was sent
     * @param target the path, without a query; one that has two readings is to be refused before
     * @return whether both are of the rule
     */
    public boolean allows(String asked, String target) {
        Objects.requireNonNull(asked, "asked");
        Objects.requireNonNull(target, "target");
        return (method.equals("*") || method.equals(asked)) && matches(segments(path), 0, segments(target), 0);
    }

    private static List<String> segments(String path) {
        List<String> all = new ArrayList<>(List.of(path.split("/", -1)));
        all.remove(0);
        return all;
    }

    /** Greedy with one place to go back to, as for one pattern of characters: time is the product of both lengths at most. */
    private static boolean matches(List<String> pattern, int fromPattern, List<String> path, int fromPath) {
        int p = fromPattern;
        int at = fromPath;
        int star = -1;
        int resume = 0;
        while (at < path.size()) {
            if (p < pattern.size() && pattern.get(p).equals(ANY_NUMBER)) {
                star = p++;
                resume = at;
            } else if (p < pattern.size() && isSegment(pattern.get(p), path.get(at))) {
                p++;
                at++;
            } else if (star >= 0) {
                p = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.size() && pattern.get(p).equals(ANY_NUMBER)) {
            p++;
        }
        return p == pattern.size();
    }

    private static boolean isSegment(String pattern, String text) {
        int p = 0;
        int at = 0;
        int star = -1;
        int resume = 0;
        while (at < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = at;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(at)) {
                p++;
                at++;
            } else if (star >= 0) {
                p = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** Such as {@code GET /v1/**}. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
