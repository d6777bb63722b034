package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.CodeSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes classes out of this virtual machine, with those that they need from the same place: what a worker has to know, and nothing
 * else of the host's class path.
 */
public final class ClassFiles {
    private static final int UTF8 = 1;
    private static final int CLASS = 7;

    private ClassFiles() {}

    /** A jar, the same for the same classes. */
    public static byte[] jar(Collection<Class<?>> roots) throws IOException {
        Map<String, byte[]> found = new TreeMap<>();
        for (Class<?> root : roots) {
            collect(root, found);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> each : found.entrySet()) {
                JarEntry entry = new JarEntry(each.getKey().replace('.', '/') + ".class");
                entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0));
                jar.putNextEntry(entry);
                jar.write(each.getValue());
                jar.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static void collect(Class<?> root, Map<String, byte[]> found) throws IOException {
        CodeSource origin = root.getProtectionDomain().getCodeSource();
        Deque<Class<?>> open = new ArrayDeque<>();
        open.add(root);
        while (!open.isEmpty()) {
            Class<?> next = open.remove();
            if (found.containsKey(next.getName())) {
                continue;
            }
            byte[] bytes = read(next);
            found.put(next.getName(), bytes);
            for (String name : references(bytes)) {
                Class<?> needed = isEnclosing(name, next.getName()) ? null : find(name, next.getClassLoader());
                // The same place: what stands in other jars a plugin brings along itself.
                if (needed != null
                        && origin != null
                        && origin.equals(needed.getProtectionDomain().getCodeSource())) {
                    open.add(needed);
                }
            }
        }
    }

    /** A nested class names the class around it, which is often the host's main program, without needing it. */
    private static boolean isEnclosing(String name, String nested) {
        return nested.startsWith(name + "$");
    }

    private static @Nullable Class<?> find(String name, @Nullable ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    private static byte[] read(Class<?> type) throws IOException {
        String resource = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        try (InputStream in = type.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the class file of " + type.getName()
                        + " can't be found by its class loader, and a worker needs it");
            }
            return BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, resource);
        }
    }

    /** The names in a class file's table of constants (JVMS 4.4) that are of classes. */
    static Set<String> references(byte[] classFile) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
        in.readInt();
        in.readInt();
        int count = in.readUnsignedShort();
        String[] texts = new String[count];
        int[] classes = new int[count];
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case UTF8 -> texts[i] = in.readUTF();
                case CLASS -> classes[i] = in.readUnsignedShort();
                case 8, 16, 19, 20 -> in.skipBytes(2);
                case 15 -> in.skipBytes(3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipBytes(4);
                case 5, 6 -> {
                    in.skipBytes(8);
                    i++;
                }
                default -> throw new IOException("constant of kind " + tag);
            }
        }
        Set<String> names = new HashSet<>();
        for (int at : classes) {
            String name = at == 0 ? null : texts[at];
            if (name != null) {
                names.add(element(name).replace('/', '.'));
            }
        }
        return names;
    }

    /** Of "[[Ljava/lang/String;" the class. */
    private static String element(String name) {
        String inner = name.replaceFirst("^\\[+", "");
        return inner.length() < name.length() && inner.startsWith("L") ? inner.substring(1, inner.length() - 1) : inner;
    }
}
