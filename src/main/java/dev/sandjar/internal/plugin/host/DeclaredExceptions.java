package dev.sandjar.internal.plugin.host;

import dev.sandjar.plugin.PluginException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import org.jspecify.annotations.Nullable;

/** Makes an exception that the contract declares, from the texts that a plugin has thrown. */
final class DeclaredExceptions {
    private DeclaredExceptions() {}

    /**
     * With the host's own stack trace; the guest's is in the {@link PluginException} that is suppressed in it.
     *
     * @param type one that the contract declares
     * @param name what the worker says that it was
     */
    static Throwable exception(Class<?> type, String name, @Nullable String message, String trace) {
        String text = name.equals(type.getName()) ? message : message == null ? name : name + ": " + message;
        Throwable made;
        try {
            made = make(type, text);
        } catch (InvocationTargetException e) {
            return new PluginException(
                    PluginException.Reason.THROWN,
                    "the plugin has thrown " + name + ", which can't be made here",
                    null,
                    name,
                    trace,
                    e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        made.addSuppressed(BinaryProtocol.thrown(PluginException.Reason.THROWN, name, message, trace));
        return made;
    }

    private static Throwable make(Class<?> type, @Nullable String message) throws ReflectiveOperationException {
        Constructor<?> constructor;
        try {
            constructor = type.getDeclaredConstructor(String.class);
        } catch (NoSuchMethodException e) {
            constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return (Throwable) constructor.newInstance();
        }
        constructor.setAccessible(true);
        return (Throwable) constructor.newInstance(message);
    }
}
