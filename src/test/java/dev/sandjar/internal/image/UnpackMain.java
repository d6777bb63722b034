package dev.sandjar.internal.image;

import dev.sandjar.image.ImageLimits;
import java.nio.file.Path;

/** Unpacks an image with subordinate ids, until it is killed. */
final class UnpackMain {
    private UnpackMain() {}

    public static void main(String[] arguments) throws Exception {
        new Store(Path.of(arguments[0]), ImageLimits.defaults(), null)
                .root(arguments[1], Subordinates.ownership(), "test")
                .close();
        System.out.println("done");
    }
}
