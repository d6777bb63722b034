package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** What a registry or a token server says of its refusal: hostile, so bounded; whoever shows it escapes it. */
final class RegistryWords {
    private static final int BODY_MAX = 1 << 16;
    private static final int SHOWN_MAX = 300;
    private static final int ERRORS_MAX = 3;
    /** What token servers call it, the best first. */
    private static final List<String> NAMES = List.of("error_description", "message", "details", "error");

    private RegistryWords() {}

    /** Behind a status; empty if there is nothing to be understood. The body is read. */
    static String of(HttpAnswer answer) {
        try (InputStream body = answer.body()) {
            String words = of(Json.parse(body.readNBytes(BODY_MAX), "answer"));
            return words.isEmpty() ? "" : ": " + words;
        } catch (IOException e) {
            return ""; // the status has to do
        }
    }

    private static String of(JsonNode answer) {
        List<String> all = new ArrayList<>();
        JsonNode errors = answer.path("errors");
        for (int i = 0; i < Math.min(errors.size(), ERRORS_MAX); i++) {
            String code = errors.path(i).path("code").asText("");
            String message = errors.path(i).path("message").asText("");
            all.add(message.isEmpty() ? code : code.isEmpty() ? message : message + " (" + code + ")");
        }
        for (int i = 0; all.isEmpty() && i < NAMES.size(); i++) {
            String text = answer.path(NAMES.get(i)).asText("");
            if (!text.isEmpty()) {
                all.add(text);
            }
        }
        String text = String.join("; ", all);
        return text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) + "..." : text;
    }
}
