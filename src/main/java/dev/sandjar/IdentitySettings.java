package dev.sandjar;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who the program of a builder is to be. */
final class IdentitySettings {
    private @Nullable User user;

    IdentitySettings copy() {
        IdentitySettings copy = new IdentitySettings();
        copy.user = user;
        return copy;
    }

    void user(User chosen) {
        user = chosen;
    }

    /** Whoever it was before, it will be found out. */
    void unknownUser() {
        user = null;
    }

    /** What is as in {@code after} becomes as it was in {@code before}. */
    void takeBack(IdentitySettings before, IdentitySettings after) {
        if (Objects.equals(user, after.user)) {
            user = before.user;
        }
    }

    Optional<User> user() {
        return Optional.ofNullable(user);
    }
}
