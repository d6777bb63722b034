package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.Registry;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.linux.Scheduling;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Header;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.Subnet;
import dev.sandjar.plugin.CommandPlugin;
import dev.sandjar.plugin.PluginLimits;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.seccomp.SeccompProfile;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A null where none may be is told by a name, not by what of the library would have been called on it. */
class NullArgumentsTest {
    /** A contract of plugins. */
    public interface Contract {
        /** @return anything */
        String call();
    }

    private static final Map<Class<?>, Object> SAMPLES = Map.ofEntries(
            Map.entry(String.class, "x"),
            Map.entry(Path.class, Path.of("/usr")),
            Map.entry(Duration.class, Duration.ofSeconds(1)),
            Map.entry(DataSize.class, DataSize.mebibytes(64)),
            Map.entry(UnaryOperator.class, UnaryOperator.identity()),
            Map.entry(Class.class, Contract.class),
            Map.entry(Map.class, Map.of()),
            Map.entry(List.class, List.of()),
            Map.entry(NamespaceKind.class, NamespaceKind.PID),
            Map.entry(Rlimit.class, Rlimit.NOFILE));

    private static Stream<Object> subjects() {
        return Stream.of(
                Sandbox.builder(),
                Limits.none(),
                Sandbox.builder().build().bounds(),
                Sandbox.builder().build().process(),
                Sandbox.builder().build().confinement(),
                Sandbox.builder().build().mounts(),
                Namespaces.none(),
                Sandbox.builder().build(),
                Command.of("true"),
                Landlock.class,
                DataSize.class,
                Descriptor.class,
                RootFs.class,
                RootFs.empty(),
                Network.class,
                Network.loopback(),
                IdMapping.class,
                SandboxBuilder.class,
                SandboxNetwork.builder(),
                PortRule.class,
                PortRange.class,
                EgressRule.class,
                EgressRule.allow("x.example.org", 443),
                Header.class,
                AddressRange.class,
                Subnet.class,
                CgroupPath.class,
                Scheduling.class,
                ImageLimits.defaults(),
                Registry.anonymous(),
                SeccompProfile.standard().toBuilder(),
                PluginPool.builder(Contract.class, "x"),
                CommandPlugin.class,
                PluginLimits.standard());
    }

    @Test
    void nullsAreNamed() throws Exception {
        List<String> unnamed = new ArrayList<>();
        int calls = 0;
        for (Object subject : subjects().toList()) {
            boolean ofClass = subject instanceof Class<?>;
            Class<?> type = ofClass ? (Class<?>) subject : subject.getClass();
            for (Method method : methods(type)) {
                if (ofClass && !Modifier.isStatic(method.getModifiers())) {
                    continue;
                }
                for (int i = 0; i < method.getParameterCount(); i++) {
                    calls += call(ofClass ? null : subject, method, i, unnamed);
                }
            }
        }
        assertFalse(calls < 100, "called " + calls);
        assertEquals(List.of(), List.copyOf(new TreeSet<>(unnamed)));
    }

    private static List<Method> methods(Class<?> type) {
        Class<?> shown = type;
        while (!Modifier.isPublic(shown.getModifiers()) || shown.getName().contains(".internal.")) {
            shown = shown.getInterfaces().length > 0 ? shown.getInterfaces()[0] : shown.getSuperclass();
        }
        return Arrays.stream(shown.getMethods())
                .filter(method -> method.getDeclaringClass() != Object.class
                        && !method.getName().equals("equals"))
                .toList();
    }

    private static int call(@Nullable Object subject, Method method, int index, List<String> unnamed)
            throws IllegalAccessException {
        Parameter parameter = method.getParameters()[index];
        if (parameter.getType().isPrimitive() || parameter.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            return 0;
        }
        @Nullable
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(NullArgumentsTest::sample)
                .toArray();
        arguments[index] = null;
        invoke(subject, method, arguments, index, unnamed);
        if (parameter.getType().isArray()
                && !parameter.getType().getComponentType().isPrimitive()) {
            arguments[index] = Array.newInstance(parameter.getType().getComponentType(), 1);
            invoke(subject, method, arguments, index, unnamed);
        }
        return 1;
    }

    private static void invoke(
            @Nullable Object subject, Method method, @Nullable Object[] arguments, int index, List<String> unnamed)
            throws IllegalAccessException {
        String name = method.getDeclaringClass().getSimpleName() + '.' + method.getName() + " " + index;
        try {
            method.invoke(subject, arguments);
            unnamed.add(name + ": taken");
        } catch (InvocationTargetException e) {
            String message = String.valueOf(e.getCause().getMessage());
            if (message.equals("null")
                    || message.startsWith("Cannot ")
                    || !(e.getCause() instanceof NullPointerException)) {
                unnamed.add(name + ": " + e.getCause());
            }
        }
    }

    private static @Nullable Object sample(Class<?> type) {
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        }
        if (type == int.class) {
            return 1;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == double.class) {
            return 1.0;
        }
        if (type == boolean.class) {
            return true;
        }
        return SAMPLES.get(type);
    }
}
