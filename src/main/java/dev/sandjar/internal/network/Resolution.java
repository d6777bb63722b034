package dev.sandjar.internal.network;

import dev.sandjar.network.AddressRange;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.NameResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From a name to addresses, once for each connection, and whether all of them may be. */
final class Resolution {
    private static final NameResolver HOST = name -> List.of(InetAddress.getAllByName(name));

    /** For each of them the kernel is asked; whoever answers for the name may name thousands. */
    static final int CHECKED_MAX = 256;

    private Resolution() {}

    /** The addresses; null if there are none or one of them may not be, of which {@code asked} then has the reason. */
    static @Nullable List<InetAddress> of(Asked asked, Target target, @Nullable NameResolver resolver)
            throws Exception {
        String name = target.text();
        InetAddress dialled = target.address();
        List<InetAddress> addresses;
        try {
            addresses = dialled != null
                    ? List.of(dialled)
                    : List.copyOf((resolver == null ? HOST : resolver).resolve(name));
        } catch (UnknownHostException e) {
            addresses = List.of();
        }
        if (addresses.isEmpty()) {
            asked.refuse(ConnectionEvent.Verdict.UNREACHABLE, "the name " + name + " has no address");
            return null;
        }
        if (addresses.size() > CHECKED_MAX) {
            asked.refuse("the name " + name + " has " + addresses.size() + " addresses, of which at most " + CHECKED_MAX
                    + " are checked");
            return null;
        }
        asked.at(addresses);
        return check(asked, name, addresses, target.rule().addresses()) ? addresses : null;
    }

    /** One that may not be makes all of them suspect: whoever answers so wants it tried. */
    private static boolean check(Asked asked, String name, List<InetAddress> addresses, List<AddressRange> allowed) {
        for (InetAddress address : addresses) {
            String wrong = AddressCheck.refusal(address, allowed);
            if (wrong != null) {
                String literal = address.getHostAddress();
                asked.refuse("the address " + literal + (name.equals(literal) ? "" : " of " + name) + " " + wrong
                        + "; the rule's withAddresses(...) would allow its range");
                return false;
            }
        }
        return true;
    }
}
