package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The keeper of this JVM: made by the first network, ended with the last one. All networks that a sandbox is attached to are one's. */
public final class Keepers {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Map<Keeper, OwnerMap> MAPS = Collections.synchronizedMap(new WeakHashMap<>());
    private static @Nullable Keeper current;
    private static int users;

    private Keepers() {}

    /**
     * For a network, which gives it back. One that has ended is left to the networks that have ended with it.
     *
     * @throws SandboxException if this host does not let this process have one
     */
    public static Keeper take(String step) throws SandboxException {
        LOCK.lock();
        try {
            Keeper keeper = current;
            if (keeper == null || keeper.isEnded()) {
                OwnerMap map = OwnerMap.ofThisProcess(step);
                keeper = Keeper.open(Kernel.get(), map.arguments());
                MAPS.put(keeper, map);
                current = keeper;
                users = 0;
            }
            users++;
            return keeper;
        } finally {
            LOCK.unlock();
        }
    }

    /** How the ids are mapped where its networks are owned. */
    static OwnerMap mapOf(Keeper keeper) {
        return Objects.requireNonNull(MAPS.get(keeper), "a keeper of nobody");
    }

    public static void giveBack(Keeper keeper) {
        LOCK.lock();
        try {
            if (keeper != current) {
                keeper.close();
            } else if (--users == 0) {
                current = null;
                keeper.close();
            }
        } finally {
            LOCK.unlock();
        }
    }
}
