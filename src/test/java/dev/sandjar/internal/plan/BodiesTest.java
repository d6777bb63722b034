package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.internal.protocol.Opcode;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of work becomes what the header of the protocol says of its opcode: these forms, in this order, with these values. */
class BodiesTest {
    private static final Path HEADER = Path.of("src/main/native/protocol/protocol.h");

    static Stream<Class<?>> kinds() {
        return kinds(Work.class).filter(kind -> kind != Work.Bare.class);
    }

    private static Stream<Class<?>> kinds(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Arrays.stream(type.getPermittedSubclasses()).flatMap(BodiesTest::kinds);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aBodyHasTheFormsOfTheHeader(Class<? extends Work> kind) throws Exception {
        Work work = sample(kind);
        List<String> forms = forms(Bodies.code(work));
        byte[] body = Bodies.of(work, new OneStart(0, "of the start", ""));
        ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        List<String> read = new ArrayList<>();
        for (String form : forms) {
            read.add(read(in, form));
        }
        assertFalse(in.hasRemaining(), "more than the header says");
        // The clocks of the host decide on the offsets of that one.
        if (kind != Work.ClockStart.class) {
            assertEquals(expected(work), String.join(" ", read));
        }
    }

    @Test
    void everyOpcodeHasItsWork() throws Exception {
        Set<Opcode> without = EnumSet.allOf(Opcode.class);
        for (Class<?> kind : kinds().toList()) {
            without.remove(Bodies.code(sample(kind.asSubclass(Work.class))));
        }
        for (Opcode bare : without) {
            assertEquals(List.of(), forms(bare), bare + " has a body and no record");
            assertEquals(0, Bodies.of(new Work.Bare(bare), OneStart.ANY).length);
        }
        assertTrue(without.contains(Opcode.PIVOT));
    }

    @Test
    void whatIsAtAPathCanBeAtAnother() throws Exception {
        for (Class<?> kind : kinds().filter(Work.Placed.class::isAssignableFrom).toList()) {
            Operation op = new Operation(sample(kind.asSubclass(Work.class)), 7, "step", null);
            Operation moved = op.at("/elsewhere");
            assertEquals("/elsewhere", moved.target());
            assertFalse(moved.equals(op));
            assertEquals(op, moved.at(op.target()));
        }
    }

    /** A value for each part, by its type and place. */
    private static Work sample(Class<? extends Work> kind) throws Exception {
        RecordComponent[] parts = kind.getRecordComponents();
        Object[] values = new Object[parts.length];
        Class<?>[] types = new Class<?>[parts.length];
        for (int i = 0; i < parts.length; i++) {
            types[i] = parts[i].getType();
            values[i] = value(parts[i], i + 1);
        }
        Constructor<? extends Work> constructor = kind.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    private static Object value(RecordComponent part, int place) {
        Class<?> type = part.getType();
        if (type == int.class) {
            return place;
        }
        if (type == long.class) {
            return (long) place;
        }
        if (type == String.class) {
            return "text " + place;
        }
        if (type == Bytes.class) {
            return Bytes.of("bytes " + place);
        }
        if (type == Path.class) {
            return Path.of("/path");
        }
        if (type == Duration.class) {
            return Duration.ofSeconds(place, 9);
        }
        if (type == Network.class) {
            return Network.loopback();
        }
        if (type == MountIds.class) {
            return new MountIds.Fixed("uids", "gids");
        }
        if (part.getGenericType().getTypeName().contains("Long")) {
            return List.of(5L, 6L);
        }
        return List.of("a", "b");
    }

    private static String expected(Work work) throws Exception {
        List<String> all = new ArrayList<>();
        for (RecordComponent part : work.getClass().getRecordComponents()) {
            part.getAccessor().setAccessible(true);
            Object value = part.getAccessor().invoke(work);
            if (value instanceof Duration time) {
                all.add(time.getSeconds() + " " + time.getNano());
            } else if (value instanceof Network) {
                continue; // its members' names are in the content, and it has none
            } else if (value instanceof MountIds) {
                all.add("uids gids");
            } else if (value instanceof Bytes bytes) {
                all.add(new String(bytes.toArray(), StandardCharsets.UTF_8));
            } else if (work instanceof Work.Credentials && value instanceof List<?>) {
                all.add("\5\0\0\0\6\0\0\0");
            } else {
                all.add(value.toString());
            }
        }
        return String.join(" ", all)
                + (work instanceof Work.WriteResolver ? " of the start" : "")
                + (work instanceof Work.OpenBeneath ? "  " : "");
    }

    /** The forms of values that the comment of an opcode begins with, such as "u32 slot, str target". */
    private static List<String> forms(Opcode code) throws Exception {
        Matcher at = Pattern.compile("SJ_OP_" + code.name() + " = \\d+,\\s*(?:/\\*(.*?)\\*/)?", Pattern.DOTALL)
                .matcher(Files.readString(HEADER));
        assertTrue(at.find(), code + " is not in the header");
        String comment = at.group(1) == null ? "" : at.group(1).replaceAll("\\s+", " ");
        List<String> forms = new ArrayList<>();
        Matcher form = Pattern.compile("\\b(u32|i32|u64|i64|strv|str|blob)\\b").matcher(comment);
        while (form.find()) {
            forms.add(form.group(1));
        }
        if (code == Opcode.CAPABILITIES) {
            return List.of("u64", "u64", "u64", "u64", "u64"); // "u64 bounding, effective, ..."
        }
        return forms;
    }

    private static String read(ByteBuffer in, String form) {
        return switch (form) {
            case "u32", "i32" -> Integer.toString(in.getInt());
            case "u64", "i64" -> Long.toString(in.getLong());
            case "str" -> text(in);
            case "blob" -> bytes(in);
            default -> texts(in);
        };
    }

    private static String bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer in) {
        String text = bytes(in);
        assertEquals(0, in.get(), "a NUL ends it");
        return text;
    }

    private static String texts(ByteBuffer in) {
        return IntStream.range(0, in.getInt()).mapToObj(i -> text(in)).toList().toString();
    }
}
