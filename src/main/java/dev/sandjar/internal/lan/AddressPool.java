package dev.sandjar.internal.lan;

import dev.sandjar.network.Subnet;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers of members, and so their addresses: that of one with a name stays its own, others are taken in turn, so that an address is
 * not another's as soon as it is free. Guarded by whoever has it.
 */
final class AddressPool {
    /** The first is for a router. */
    private static final int FIRST = 2;

    /** More than a bridge has ports. */
    private static final int MOST = 4096;

    private final List<Subnet> subnets;
    private final int last;
    private final BitSet taken = new BitSet();
    private final Map<String, Integer> named = new LinkedHashMap<>();
    private int cursor = FIRST;

    AddressPool(List<Subnet> subnets) {
        this.subnets = subnets;
        this.last = subnets.stream()
                .mapToInt(Subnet::size)
                .map(size -> Math.min(size, MOST))
                .min()
                .orElse(0);
    }

    /** The number of a name. */
    int reserve(String name) {
        Integer known = named.get(name);
        if (known != null) {
            return known;
        }
        int number = taken.nextClearBit(FIRST);
        if (number > last) {
            throw new IllegalStateException(exhausted());
        }
        taken.set(number);
        named.put(name, number);
        return number;
    }

    /** Any number, until it is given back; 0 if there is none. */
    int take() {
        int number = taken.nextClearBit(cursor);
        if (number > last) {
            number = taken.nextClearBit(FIRST);
        }
        if (number > last) {
            return 0;
        }
        taken.set(number);
        cursor = number + 1;
        return number;
    }

    /** Whether there is a number that nobody has. */
    boolean hasRoom() {
        return taken.nextClearBit(FIRST) <= last;
    }

    void giveBack(int number) {
        if (!named.containsValue(number)) {
            taken.clear(number);
        }
    }

    String exhausted() {
        return "all " + (last - FIRST + 1) + " addresses of members are taken";
    }

    List<InetAddress> addresses(int number) {
        return subnets.stream().map(subnet -> subnet.at(number)).toList();
    }

    Map<String, List<InetAddress>> names() {
        Map<String, List<InetAddress>> all = new LinkedHashMap<>();
        named.forEach((name, number) -> all.put(name, addresses(number)));
        return all;
    }
}
