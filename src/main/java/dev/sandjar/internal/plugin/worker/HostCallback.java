package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** What a plugin gets in place of an object of the host: every call goes there. */
final class HostCallback implements InvocationHandler {
    private final Worker worker;
    private final Contract contract;
    private final int handle;

    HostCallback(Worker worker, Contract contract, int handle) {
        this.worker = worker;
        this.contract = contract;
        this.handle = handle;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method called, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        ContractMethod method = contract.find(called);
        if (method == null) {
            return ofObject(proxy, called, arguments);
        }
        Encoder message = new Encoder(worker.link().limits());
        message.i32(handle);
        method.writeArguments(message, arguments);
        BackCall back = new BackCall();
        try {
            worker.callBack(back, message, method.index());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Decoder answer = back.result(worker);
        if (answer != null) {
            return method.readResult(answer);
        }
        throw failure(method, back.failure(worker));
    }

    private @Nullable Object ofObject(Object proxy, Method called, @Nullable Object @Nullable [] arguments) {
        return switch (called.getName()) {
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> arguments != null && proxy == arguments[0];
            default -> contract.type().getName() + " of the host";
        };
    }

    private static Throwable failure(ContractMethod method, Decoder answer) throws ReflectiveOperationException {
        int index = answer.i32();
        String message = answer.text();
        if (index < 0 || index >= method.exceptions().size()) {
            return new IllegalStateException(message);
        }
        Class<?> type = method.exceptions().get(index);
        try {
            Constructor<?> made = type.getDeclaredConstructor(String.class);
            made.setAccessible(true);
            return (Throwable) made.newInstance(message);
        } catch (NoSuchMethodException e) {
            Constructor<?> made = type.getDeclaredConstructor();
            made.setAccessible(true);
            return (Throwable) made.newInstance();
        }
    }
}
