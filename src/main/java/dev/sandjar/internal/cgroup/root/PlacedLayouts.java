package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.Layout;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The layouts of chosen paths that somebody has. Of those that are equal there is one, so that none is forgotten when the first of its
 * holders goes. Thread-safe.
 */
final class PlacedLayouts {
    private final Map<Layout, WeakReference<Layout>> known = new WeakHashMap<>();

    /** That which is known and equal, or this one, known from now on for as long as somebody has it. */
    synchronized Layout theOneEqualTo(Layout layout) {
        WeakReference<Layout> reference = known.get(layout);
        Layout one = reference == null ? null : reference.get();
        if (one == null) {
            one = layout;
            known.put(one, new WeakReference<>(one));
        }
        return one;
    }

    synchronized boolean contains(Layout layout) {
        return known.containsKey(layout);
    }
}
