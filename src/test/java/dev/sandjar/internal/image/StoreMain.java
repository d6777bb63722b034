package dev.sandjar.internal.image;

import dev.sandjar.image.ImageLimits;
import java.nio.file.Path;

/** Loads an image into a store that others use too, and unpacks it. */
final class StoreMain {
    private StoreMain() {}

    public static void main(String[] arguments) throws Exception {
        Store store = new Store(Path.of(arguments[0]), ImageLimits.defaults(), null);
        String digest =
                store.load(Path.of(arguments[1]), null).manifest().digest().toString();
        try (ImageRoot root = store.root(digest, Ownership.SQUASHED, "test")) {
            System.out.println(digest + " " + root.lower());
        }
    }
}
