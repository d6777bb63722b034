package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.host.RealPaths;
import java.nio.file.Path;
import java.util.function.Predicate;

/** The host's paths by {@link HostWalk}. */
public final class WalkedPaths implements RealPaths {
    private final Predicate<Path> maps;

    /** @param maps whether a mount of what is there can be given other owners */
    public WalkedPaths(Predicate<Path> maps) {
        this.maps = maps;
    }

    @Override
    public Path of(Path path, String step) throws SandboxException {
        return HostWalk.real(path, step);
    }

    @Override
    public void checkLink(Path link, boolean strangers, String step) throws SandboxException {
        try (HostWalk walk = HostWalk.to(link, step, HostWalk.Last.NOT_FOLLOWED)) {
            walk.require();
            HostStat stat = walk.leafStat();
            if (stat != null
                    && stat.isLink()
                    && (walk.isGuestWritable() || !(strangers || CallerIds.trusts(stat.uid())))) {
                throw walk.refusedLink();
            }
        }
    }

    @Override
    public HostPlace look(Path path, String step) throws SandboxException {
        try (HostWalk walk = HostWalk.to(path, step, HostWalk.Last.FOLLOWED)) {
            walk.require();
            return walk.place();
        }
    }

    @Override
    public long additions() {
        return GuestWritable.OF_THIS_JVM.additions();
    }

    @Override
    public boolean maps(Path real) {
        return maps.test(real);
    }
}
