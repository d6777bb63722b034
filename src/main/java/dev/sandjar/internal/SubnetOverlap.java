package dev.sandjar.internal;

import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Subnet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses that two networks have in common: where both are in reach, one of them would stand for the other. */
public final class SubnetOverlap {
    private SubnetOverlap() {}

    /** What overlaps, for people; null if nothing does. */
    public static @Nullable String of(List<Subnet> some, List<Subnet> others) {
        for (Subnet mine : some) {
            for (Subnet theirs : others) {
                if (range(mine).contains(theirs.address()) || range(theirs).contains(mine.address())) {
                    return "the subnets " + mine + " and " + theirs + " overlap";
                }
            }
        }
        return null;
    }

    private static AddressRange range(Subnet subnet) {
        return new AddressRange(subnet.address(), subnet.prefix());
    }
}
