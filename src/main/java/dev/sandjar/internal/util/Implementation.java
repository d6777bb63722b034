package dev.sandjar.internal.util;

import java.lang.reflect.Constructor;

/** Finds what carries out a contract by the name of its class, so that nothing depends on it. */
public final class Implementation {
    private Implementation() {}

    /** A new object of the class {@code name}, which has a constructor without parameters. */
    public static <T> T of(Class<T> contract, String name) {
        try {
            Constructor<? extends T> constructor =
                    Class.forName(name).asSubclass(contract).getDeclaredConstructor();
            constructor.setAccessible(true); // what is found need not be public
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the library is incomplete: it has no usable " + name, e);
        }
    }
}
