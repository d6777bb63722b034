package dev.sandjar.internal.plugin.wire;

import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One method of a contract: what goes there, what comes back, and which exceptions may. */
public final class ContractMethod {
    private final int index;
    private final Method method;
    private final Shape[] parameters;
    private final Shape result;
    private final List<Class<?>> exceptions;
    private final boolean passesCapabilities;

    ContractMethod(int index, Method method, Shape[] parameters, Shape result, List<Class<?>> exceptions) {
        this.index = index;
        this.method = method;
        this.parameters = parameters;
        this.result = result;
        this.exceptions = exceptions;
        boolean passes = false;
        for (Shape shape : parameters) {
            passes |= shape instanceof CapabilityShape;
        }
        this.passesCapabilities = passes;
    }

    public int index() {
        return index;
    }

    public Method method() {
        return method;
    }

    public List<Shape> parameters() {
        return List.of(parameters);
    }

    public Shape result() {
        return result;
    }

    /** Those that are rebuilt, in the order of declaration. */
    public List<Class<?>> exceptions() {
        return exceptions;
    }

    public boolean passesCapabilities() {
        return passesCapabilities;
    }

    public void writeArguments(Encoder out, @Nullable Object @Nullable [] arguments) {
        for (int i = 0; i < parameters.length; i++) {
            write(parameters[i], out, arguments == null ? null : arguments[i]);
        }
    }

    public @Nullable Object[] readArguments(Decoder in) {
        @Nullable Object[] arguments = new Object[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
            arguments[i] = parameters[i].read(in);
        }
        in.end();
        return arguments;
    }

    public void writeResult(Encoder out, @Nullable Object value) {
        write(result, out, value);
    }

    public @Nullable Object readResult(Decoder in) {
        Object value = result.read(in);
        in.end();
        return value;
    }

    private static void write(Shape shape, Encoder out, @Nullable Object value) {
        try {
            shape.write(out, value);
        } catch (ClassCastException e) {
            throw new WireException("a value is not of the type that the contract has: " + e.getMessage());
        }
    }

    /** The position of the declared exception that this is one of, the most specific one; -1 if it is none. */
    public int indexOfException(Throwable thrown) {
        int best = -1;
        for (int i = 0; i < exceptions.size(); i++) {
            Class<?> declared = exceptions.get(i);
            if (declared.isInstance(thrown) && (best < 0 || exceptions.get(best).isAssignableFrom(declared))) {
                best = i;
            }
        }
        return best;
    }
}
