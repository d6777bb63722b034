package dev.sandjar.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A resolver of these tests: nothing is asked outside. Counts how often it is asked. */
final class Hosts implements NameResolver {
    static final AddressRange LOOPBACK = AddressRange.of("127.0.0.0/8");

    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    final AtomicInteger asked = new AtomicInteger();

    Hosts with(String name, String... literals) {
        names.put(name, List.of(literals).stream().map(Hosts::address).toList());
        return this;
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public List<InetAddress> resolve(String name) {
        asked.incrementAndGet();
        return names.getOrDefault(name, List.of());
    }
}
