package dev.sandjar.internal.plugin.wire;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record or null, component by component, made by its canonical constructor. */
public final class RecordShape extends Shape {
    private final Class<?> type;
    private final RecordComponent[] declared;
    private final Method[] accessors;
    private final Constructor<?> constructor;
    private Shape[] components = {};

    RecordShape(Class<?> type) throws ReflectiveOperationException {
        super(type.getName());
        this.type = type;
        this.declared = type.getRecordComponents();
        this.accessors = new Method[declared.length];
        Class<?>[] parameters = new Class<?>[declared.length];
        for (int i = 0; i < declared.length; i++) {
            accessors[i] = declared[i].getAccessor();
            accessors[i].setAccessible(true);
            parameters[i] = declared[i].getType();
        }
        this.constructor = type.getDeclaredConstructor(parameters);
        constructor.setAccessible(true);
    }

    /** Afterwards, since a record may contain itself. */
    void complete(Shape[] shapes) {
        components = shapes;
    }

    public Class<?> type() {
        return type;
    }

    public List<Shape> components() {
        return List.of(components);
    }

    public String componentName(int i) {
        return declared[i].getName();
    }

    public @Nullable Object get(Object value, int i) {
        try {
            return accessors[i].invoke(value);
        } catch (InvocationTargetException e) {
            throw new WireException("accessor " + declared[i].getName() + " of " + this + " failed: " + e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By the constructor of the contract, which may refuse what it gets. */
    public Object make(@Nullable Object[] values) {
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new WireException("the constructor of " + this + " refuses a value: " + e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (!out.present(value) || value == null) {
            return;
        }
        out.enter();
        for (int i = 0; i < components.length; i++) {
            components[i].write(out, get(value, i));
        }
        out.leave();
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (!in.present()) {
            return null;
        }
        in.enter();
        @Nullable Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = components[i].read(in);
        }
        in.leave();
        return make(values);
    }
}
