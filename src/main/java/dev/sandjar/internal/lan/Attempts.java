package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import org.jspecify.annotations.Nullable;

/** What is done to each, also where it fails for one. */
final class Attempts {
    private Attempts() {}

    interface Attempt<T> {
        void at(T one) throws SandboxException;
    }

    /** @throws SandboxException the first failure, with the others, when all have been tried */
    static <T> void each(Iterable<? extends T> all, Attempt<T> attempt) throws SandboxException {
        @Nullable SandboxException first = null;
        for (T one : all) {
            try {
                attempt.at(one);
            } catch (SandboxException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
