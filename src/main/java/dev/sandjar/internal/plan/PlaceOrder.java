package dev.sandjar.internal.plan;

import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which entries are put into the root, where links of the root make one of them lie below another that its name says nothing
 * of: a directory before what lies below it. What keeps the order of its calls keeps it. Not thread-safe.
 */
final class PlaceOrder {
    private final Map<String, String> places = new HashMap<>();
    private final List<MountEntry> entries;

    private PlaceOrder(List<MountEntry> entries) {
        this.entries = entries;
    }

    static PlaceOrder of(Draft draft) {
        List<MountEntry> asked = draft.request.mounts();
        PlaceOrder order = new PlaceOrder(new ArrayList<>());
        for (MountEntry entry : asked) {
            order.places.computeIfAbsent(entry.target(), target -> place(draft, entry));
        }
        order.sort(asked);
        return order;
    }

    /** A link at the target itself leads a mount elsewhere, and gives way to a file or link of the sandbox's own. */
    private static String place(Draft draft, MountEntry entry) {
        String target = entry.target();
        GuestView view = GuestView.without(draft, entry);
        boolean content = GuestView.isContent(entry);
        GuestView.Presence unused = view.look(content ? above(target) : target);
        String led = view.led();
        return content ? (led.equals("/") ? "" : led) + target.substring(target.lastIndexOf('/')) : led;
    }

    private static String above(String target) {
        int slash = target.lastIndexOf('/');
        return slash <= 0 ? "/" : target.substring(0, slash);
    }

    List<MountEntry> entries() {
        return entries;
    }

    /** Where a target lies, as far as links on the way to it can be known. */
    String place(String target) {
        return places.getOrDefault(target, target);
    }

    private void sort(List<MountEntry> asked) {
        List<MountEntry> waiting = new ArrayList<>(asked);
        while (!waiting.isEmpty()) {
            int next = 0;
            while (next < waiting.size() && waits(waiting, next)) {
                next++;
            }
            entries.add(waiting.remove(next < waiting.size() ? next : 0));
        }
    }

    private boolean waits(List<MountEntry> waiting, int at) {
        MountEntry entry = waiting.get(at);
        for (int i = 0; i < waiting.size(); i++) {
            MountEntry other = waiting.get(i);
            boolean earlier = i < at;
            if (i != at
                    && (MountKinds.isCover(entry) || MountKinds.isCover(other) || (isExact(entry) && isExact(other)))) {
                if (earlier && (MountKinds.isCover(entry) || isExact(entry))) {
                    return true;
                }
            } else if (i != at && place(entry.target()).startsWith(place(other.target()) + "/")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isExact(MountEntry entry) {
        return entry instanceof Mount;
    }
}
