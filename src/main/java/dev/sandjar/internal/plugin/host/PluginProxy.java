package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** What a host holds in place of a plugin: methods of the contract are calls, those of Object are about the proxy itself. */
final class PluginProxy implements InvocationHandler {
    /** Where calls go. */
    interface Target {
        @Nullable
        Object call(ContractMethod method, @Nullable Object @Nullable [] arguments) throws Throwable;
    }

    private final Contract contract;
    private final String description;
    private final Target target;

    private PluginProxy(Contract contract, String description, Target target) {
        this.contract = contract;
        this.description = description;
        this.target = target;
    }

    static <T> T of(Class<T> type, Contract contract, String description, Target target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, new PluginProxy(contract, description, target)));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method called, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        ContractMethod method = contract.find(called);
        if (method != null) {
            return target.call(method, arguments);
        }
        return switch (called.getName()) {
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> arguments != null && proxy == arguments[0];
            case "toString" -> description;
            default -> throw new UnsupportedOperationException(called.toString());
        };
    }
}
