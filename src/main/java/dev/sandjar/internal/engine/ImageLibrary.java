package dev.sandjar.internal.engine;

import dev.sandjar.image.ImageStore;
import dev.sandjar.image.Registry;
import dev.sandjar.internal.Images;
import dev.sandjar.internal.image.DirectoryStore;
import dev.sandjar.internal.image.Login;
import dev.sandjar.internal.image.LoginFiles;
import dev.sandjar.internal.image.RegistryAccess;
import dev.sandjar.internal.util.OptionalLibrary;
import java.nio.file.Path;

/** Stores of images and registries, as {@code image} has them. */
final class ImageLibrary implements Images {
    @Override
    public ImageStore store(Path directory) {
        OptionalLibrary.JACKSON.neededFor("A store of images");
        return DirectoryStore.of(directory);
    }

    @Override
    public Registry anonymous() {
        return RegistryAccess.by(Login.ANONYMOUS);
    }

    @Override
    public Registry configured() {
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home", ""));
        return RegistryAccess.by(LoginFiles.of(System.getenv(), home, LoginFiles.user()));
    }
}
