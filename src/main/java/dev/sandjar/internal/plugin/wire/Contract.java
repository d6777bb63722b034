package dev.sandjar.internal.plugin.wire;

import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An interface through which host and plugin talk, with the shapes of all of its types. */
public final class Contract {
    private static final int METHODS_MAX = 1000;

    private final Class<?> type;
    private final List<ContractMethod> methods;
    private final Map<Method, ContractMethod> byMethod;
    private final Set<Class<?>> classes;
    private final long fingerprint;

    private Contract(
            Class<?> type,
            List<ContractMethod> methods,
            Map<Method, ContractMethod> byMethod,
            Set<Class<?>> classes,
            long fingerprint) {
        this.type = type;
        this.methods = methods;
        this.byMethod = byMethod;
        this.classes = classes;
        this.fingerprint = fingerprint;
    }

    /** @throws IllegalArgumentException that names everything in it that no contract may have */
    public static Contract of(Class<?> type) {
        Shapes shapes = new Shapes();
        Contract contract = of(type, shapes, true);
        if (!shapes.problems().isEmpty()) {
            StringBuilder text = new StringBuilder(type.getName()).append(" is not a contract for a plugin:");
            for (String problem : shapes.problems()) {
                text.append("\n  ").append(problem);
            }
            throw new IllegalArgumentException(text.toString());
        }
        return contract;
    }

    /** @param outermost whether methods may take capabilities: a callback's may not */
    static Contract of(Class<?> type, Shapes shapes, boolean outermost) {
        List<ContractMethod> methods = new ArrayList<>();
        Map<Method, ContractMethod> byMethod = new HashMap<>();
        if (!type.isInterface() || type.isAnnotation() || type.isSealed()) {
            shapes.problem(type.getName(), "it has to be an interface that is not sealed");
        } else if (type.getTypeParameters().length > 0) {
            shapes.problem(type.getName(), "it has type parameters");
        } else {
            Map<String, Method> found = methodsOf(type, shapes);
            for (Method method : found.values()) {
                ContractMethod made = method(methods.size(), method, shapes, outermost);
                methods.add(made);
                byMethod.put(method, made);
            }
        }
        shapes.used(type);
        return new Contract(type, List.copyOf(methods), byMethod, shapes.classes(), shapes.fingerprint());
    }

    /** In an order that does not depend on the virtual machine. */
    private static Map<String, Method> methodsOf(Class<?> type, Shapes shapes) {
        Map<String, Method> found = new TreeMap<>();
        for (Method method : type.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) || isOfObject(method)) {
                continue;
            }
            StringBuilder signature = new StringBuilder(method.getName()).append('(');
            for (Class<?> parameter : method.getParameterTypes()) {
                signature.append(parameter.getName()).append(',');
            }
            if (found.put(signature.toString(), method) != null) {
                shapes.problem(describe(method), "it is there twice, with different results");
            }
        }
        if (found.size() > METHODS_MAX) {
            shapes.problem(type.getName(), "it has more than " + METHODS_MAX + " methods");
        }
        return found;
    }

    /** Not asked of {@link Object} itself: the exception that says no makes its message with streams, which take 20 ms to begin. */
    private static boolean isOfObject(Method method) {
        Class<?>[] parameters = method.getParameterTypes();
        return switch (method.getName()) {
            case "equals" -> parameters.length == 1 && parameters[0] == Object.class;
            case "hashCode", "toString" -> parameters.length == 0;
            default -> false;
        };
    }

    static String describe(Method method) {
        return method.getDeclaringClass().getName() + "." + method.getName();
    }

    private static ContractMethod method(int index, Method method, Shapes shapes, boolean outermost) {
        shapes.at(method, -1);
        // The interface may be one that only its own package knows.
        try {
            method.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            shapes.problem("it can't be called: " + Shapes.closed(method.getDeclaringClass(), e));
        }
        if (method.getTypeParameters().length > 0) {
            shapes.problem("it has type parameters");
        }
        Type[] types = method.getGenericParameterTypes();
        Shape[] parameters = new Shape[types.length];
        for (int i = 0; i < types.length; i++) {
            shapes.at(method, i);
            Shape capability = outermost ? shapes.capability(types[i]) : null;
            parameters[i] = capability != null ? capability : shapes.data(types[i]);
        }
        shapes.at(method, types.length);
        Shape result =
                method.getReturnType() == void.class ? new NothingShape() : shapes.data(method.getGenericReturnType());
        shapes.at(method, -1);
        return new ContractMethod(index, method, parameters, result, shapes.exceptions(method));
    }

    public Class<?> type() {
        return type;
    }

    public List<ContractMethod> methods() {
        return methods;
    }

    public @Nullable ContractMethod find(Method method) {
        return byMethod.get(method);
    }

    /** Everything of the contract's own that a worker needs to know it. */
    public Set<Class<?>> classes() {
        return classes;
    }

    /** Of all names and types: both sides have to have the same. No proof of anything. */
    public long fingerprint() {
        return fingerprint;
    }
}
