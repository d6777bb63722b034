package dev.sandjar.internal.json;

/** A text that is not what is expected: it says where, as a JSON Pointer (RFC 6901), and why. */
public final class JsonRefusal extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Empty for the whole. */
    private final String place;

    private final String reason;

    public JsonRefusal(String place, String reason) {
        super(place.isEmpty() ? reason : place + ": " + reason);
        this.place = place;
        this.reason = reason;
    }

    public String place() {
        return place;
    }

    public String reason() {
        return reason;
    }

    /** What some value refuses is refused below {@code name}. */
    static JsonRefusal below(String name, IllegalArgumentException refusal) {
        String step = "/" + StrictJson.escaped(name);
        JsonRefusal below = refusal instanceof JsonRefusal json
                ? new JsonRefusal(step + json.place, json.reason)
                : new JsonRefusal(step, String.valueOf(refusal.getMessage()));
        below.initCause(refusal.getCause());
        return below;
    }
}
