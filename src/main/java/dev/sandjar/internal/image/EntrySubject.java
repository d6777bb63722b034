package dev.sandjar.internal.image;

/**
 * What messages about an entry begin with. Put into words only for a failure: most are never needed.
 *
 * @param layer what messages about the archive begin with
 * @param name as in the archive
 */
record EntrySubject(String layer, String name) {
    @Override
    public String toString() {
        return layer + " entry " + Names.shown(name);
    }
}
