package dev.sandjar.internal.plugin.wire;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the shape of each type of a contract, and collects by name what has none. */
final class Shapes {
    private static final Map<Class<?>, ScalarShape> SCALARS = scalars();
    private static final String NOT_IN_THE_SET =
            " is not in the set: primitives, String, byte[], enums, records, sealed"
                    + " interfaces of records, List, Set, Map and Optional of these; InputStream, OutputStream, Path and callback"
                    + " interfaces as parameters";

    private static final long FNV_START = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Map<Type, Shape> known = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<Class<?>> classes = new LinkedHashSet<>();
    private String place = "";
    private long fingerprint = FNV_START;

    private static Map<Class<?>, ScalarShape> scalars() {
        Map<Class<?>, ScalarShape> shapes = new HashMap<>();
        Class<?>[] types = {
            boolean.class, Boolean.class, byte.class, Byte.class, short.class, Short.class, char.class, Character.class,
            int.class, Integer.class, long.class, Long.class, float.class, Float.class, double.class, Double.class
        };
        ScalarShape.Kind[] kinds = ScalarShape.Kind.values();
        for (int i = 0; i < types.length; i++) {
            shapes.put(types[i], new ScalarShape(types[i].getName(), kinds[i / 2], i % 2 == 1));
        }
        return shapes;
    }

    List<String> problems() {
        return problems;
    }

    Set<Class<?>> classes() {
        return classes;
    }

    long fingerprint() {
        return fingerprint;
    }

    void used(Class<?> type) {
        classes.add(type);
    }

    private void hash(String text) {
        for (int i = 0; i < text.length(); i++) {
            fingerprint = (fingerprint ^ text.charAt(i)) * FNV_PRIME;
        }
        fingerprint = (fingerprint ^ '\n') * FNV_PRIME;
    }

    /** @param parameter its position; -1 for the method as a whole, the number of parameters for the result */
    void at(Method method, int parameter) {
        StringBuilder text = new StringBuilder(Contract.describe(method));
        if (parameter >= 0) {
            text.append(parameter == method.getParameterCount() ? ", result" : ", parameter ");
            if (parameter < method.getParameterCount()) {
                text.append(parameter + 1);
            }
        }
        place = text.toString();
        hash(place);
    }

    void problem(String where, String what) {
        problems.add(where + ": " + what);
    }

    void problem(String what) {
        problem(place, what);
    }

    private Shape refuse(String what) {
        problem(what);
        return new NothingShape();
    }

    /** Null if the type is data. */
    @Nullable
    Shape capability(Type type) {
        if (!(type instanceof Class<?> of)) {
            return null;
        }
        if (of == InputStream.class) {
            return new CapabilityShape(of.getName(), CapabilityShape.Kind.INPUT, null);
        }
        if (of == OutputStream.class) {
            return new CapabilityShape(of.getName(), CapabilityShape.Kind.OUTPUT, null);
        }
        if (of == Path.class) {
            return new CapabilityShape(of.getName(), CapabilityShape.Kind.FILE, null);
        }
        if (!of.isInterface() || of.isSealed() || of.isAnnotation() || isCollection(of)) {
            return null;
        }
        String outer = place;
        hash(of.getName());
        Contract callback = Contract.of(of, this, false);
        place = outer;
        return new CapabilityShape(of.getName(), CapabilityShape.Kind.CALLBACK, callback);
    }

    private static boolean isCollection(Class<?> type) {
        return type == List.class || type == Set.class || type == Map.class;
    }

    /** As {@link Type#getTypeName}, but without the streams that some JDKs use for that, which cost a worker 20 ms. */
    private static String name(Type type) {
        if (type instanceof Class<?> of) {
            return of.isArray() ? of.getTypeName() : of.getName();
        }
        if (!(type instanceof ParameterizedType generic)) {
            return type.getTypeName();
        }
        StringBuilder text = new StringBuilder(name(generic.getRawType()));
        String before = "<";
        for (Type argument : generic.getActualTypeArguments()) {
            text.append(before).append(name(argument));
            before = ", ";
        }
        return text.append('>').toString();
    }

    Shape data(Type type) {
        Shape found = known.get(type);
        if (found != null) {
            return found;
        }
        hash(name(type));
        int before = problems.size();
        Shape made = type instanceof ParameterizedType generic ? generic(generic) : plain(type);
        // What is refused is refused at each place.
        if (problems.size() == before) {
            known.put(type, made);
        }
        return made;
    }

    private Shape plain(Type type) {
        if (type instanceof GenericArrayType) {
            return refuse("type " + type.getTypeName() + NOT_IN_THE_SET);
        }
        if (!(type instanceof Class<?> of)) {
            return refuse("type " + type.getTypeName() + " is a type variable or a wildcard");
        }
        ScalarShape scalar = SCALARS.get(of);
        if (scalar != null) {
            return scalar;
        }
        if (of == String.class) {
            return new TextShape();
        }
        if (of == byte[].class) {
            return new BytesShape();
        }
        if (of == InputStream.class || of == OutputStream.class || of == Path.class) {
            return refuse("type " + of.getName() + " can only be a parameter of the contract's own methods");
        }
        if (of == List.class || of == Set.class || of == Map.class || of == Optional.class) {
            return refuse("type " + of.getName() + " needs its type arguments");
        }
        if (of.getTypeParameters().length > 0) {
            return refuse("type " + of.getName() + " has type parameters");
        }
        if (of.isEnum()) {
            return enumeration(of);
        }
        try {
            if (of.isRecord()) {
                return record(of);
            }
            if (of.isInterface() && of.isSealed()) {
                return sealed(of);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            return refuse("type " + of.getName() + " can't be used by reflection: " + closed(of, e));
        }
        return refuse("type " + name(of) + NOT_IN_THE_SET);
    }

    /** Why reflection does not get at a class, and what its module can do about that. */
    static String closed(Class<?> of, Throwable failure) {
        Module module = of.getModule();
        Module ours = Shapes.class.getModule();
        if (!module.isNamed() || module.isOpen(of.getPackageName(), ours)) {
            return String.valueOf(failure.getMessage());
        }
        String to = ours.isNamed() ? ours.getName() : "";
        String option = "--add-opens " + module.getName() + "/" + of.getPackageName() + "="
                + (to.isEmpty() ? "ALL-UNNAMED" : to);
        return "module " + module.getName() + " does not open its package " + of.getPackageName() + "; say \"opens "
                + of.getPackageName() + (to.isEmpty() ? "" : " to " + to)
                + ";\" in its module-info.java, or start java with "
                + option;
    }

    private Shape enumeration(Class<?> of) {
        used(of);
        EnumShape shape = new EnumShape(of);
        for (Object constant : shape.constants()) {
            hash(((Enum<?>) constant).name());
            used(constant.getClass());
        }
        return shape;
    }

    private RecordShape record(Class<?> of) throws ReflectiveOperationException {
        used(of);
        RecordShape shape = new RecordShape(of);
        known.put(of, shape);
        RecordComponent[] components = of.getRecordComponents();
        Shape[] shapes = new Shape[components.length];
        String outer = place;
        for (int i = 0; i < components.length; i++) {
            place = outer + ", component " + components[i].getName() + " of " + of.getName();
            hash(components[i].getName());
            shapes[i] = data(components[i].getGenericType());
        }
        place = outer;
        shape.complete(shapes);
        return shape;
    }

    private SealedShape sealed(Class<?> of) {
        used(of);
        SealedShape shape = new SealedShape(of);
        known.put(of, shape);
        List<RecordShape> permitted = new ArrayList<>();
        collect(of, permitted);
        shape.complete(permitted.toArray(new RecordShape[0]));
        return shape;
    }

    private void collect(Class<?> of, List<RecordShape> permitted) {
        for (Class<?> each : of.getPermittedSubclasses()) {
            if (each.isInterface() && each.isSealed()) {
                used(each);
                collect(each, permitted);
            } else if (data(each) instanceof RecordShape record) {
                permitted.add(record);
            } else if (!each.isRecord()) {
                problem("type " + each.getName() + ", permitted by " + of.getName() + ", is not a record");
            }
        }
    }

    private Shape generic(ParameterizedType type) {
        Type[] arguments = type.getActualTypeArguments();
        String name = name(type);
        if (type.getRawType() == List.class) {
            return new CollectionShape(name, data(arguments[0]), false);
        }
        if (type.getRawType() == Set.class) {
            return new CollectionShape(name, data(arguments[0]), true);
        }
        if (type.getRawType() == Map.class) {
            return new MapShape(name, data(arguments[0]), data(arguments[1]));
        }
        if (type.getRawType() == Optional.class) {
            return new OptionalShape(name, data(arguments[0]));
        }
        return refuse("type " + name + " is generic, and none of List, Set, Map and Optional");
    }

    List<Class<?>> exceptions(Method method) {
        List<Class<?>> rebuilt = new ArrayList<>();
        for (Class<?> type : method.getExceptionTypes()) {
            hash(type.getName());
            Constructor<?> constructor = constructor(type);
            if (Modifier.isAbstract(type.getModifiers()) || constructor == null) {
                problem("exception " + type.getName()
                        + " can't be rebuilt: it needs a constructor with a String, or one without parameters");
            } else if (Error.class.isAssignableFrom(type) || type == Throwable.class) {
                problem("exception " + type.getName() + " is not an Exception");
            } else if (!opens(constructor)) {
                problem("exception " + type.getName() + " can't be made: "
                        + closed(type, new IllegalAccessException("its constructor is not accessible")));
            } else {
                used(type);
                rebuilt.add(type);
            }
        }
        return List.copyOf(rebuilt);
    }

    /** With a String, or else without parameters; null if there is neither. */
    private static @Nullable Constructor<?> constructor(Class<?> type) {
        Constructor<?> found = null;
        for (Constructor<?> each : type.getDeclaredConstructors()) {
            Class<?>[] parameters = each.getParameterTypes();
            if (parameters.length == 1 && parameters[0] == String.class) {
                return each;
            }
            if (parameters.length == 0) {
                found = each;
            }
        }
        return found;
    }

    private static boolean opens(Constructor<?> constructor) {
        try {
            constructor.setAccessible(true);
            return true;
        } catch (InaccessibleObjectException e) {
            return false;
        }
    }
}
