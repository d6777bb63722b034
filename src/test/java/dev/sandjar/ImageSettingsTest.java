package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.image.Tars;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSettingsTest {
    private static final String CONFIG =
            "{\"Env\":[\"A=image\",\"B=image\",\"LANG=image\"],\"WorkingDir\":\"/srv\",\"User\":\"7:8\",\"StopSignal\":\"SIGINT\","
                    + "\"Volumes\":{\"/data\":{}}}";

    @TempDir
    private Path directory;

    private int images;

    private RootFs image(String config) throws IOException {
        ImageStore store = ImageStore.open(directory.resolve("store"));
        return RootFs.image(store.load(Tars.image(directory.resolve("layout" + ++images), config)));
    }

    private static Sandbox made(Supplier<SandboxBuilder> start, List<UnaryOperator<SandboxBuilder>> calls) {
        SandboxBuilder builder = start.get();
        for (UnaryOperator<SandboxBuilder> call : calls) {
            builder = call.apply(builder);
        }
        return builder.build();
    }

    /** Each call is the last one once, and the first one once. */
    @Test
    void theOrderOfTheCallsMakesNoDifference() throws IOException {
        RootFs root = image(CONFIG);
        List<UnaryOperator<SandboxBuilder>> calls = List.of(
                b -> b.rootfs(root),
                b -> b.user(5, 6),
                b -> b.workingDirectory("/etc"),
                b -> b.env("A", "caller"),
                b -> b.bounds(bounds -> bounds.stopSignal(Signal.TERM)),
                b -> b.file("/etc/passwd", "x\n"),
                b -> b.tmpfs("/data", DataSize.mebibytes(1)));
        for (Supplier<SandboxBuilder> start : List.<Supplier<SandboxBuilder>>of(Sandbox::builder, Sandbox::untrusted)) {
            Sandbox first = made(start, calls);
            assertEquals(Optional.of(new User(5, 6, List.of())), first.user());
            assertEquals(Optional.of("/etc"), first.process().workingDirectory());
            assertEquals("caller", first.process().environment().get("A"));
            assertEquals("image", first.process().environment().get("B"));
            assertEquals(OptionalInt.of(15), first.bounds().stopSignal());
            for (int i = 1; i < calls.size(); i++) {
                List<UnaryOperator<SandboxBuilder>> turned = new ArrayList<>(calls);
                Collections.rotate(turned, i);
                Sandbox other = made(start, turned);
                assertEquals(first.user(), other.user());
                assertEquals(first.process(), other.process());
                assertEquals(first.bounds(), other.bounds());
                assertEquals(
                        List.copyOf(first.mounts().entries()).stream()
                                .map(Object::toString)
                                .sorted()
                                .toList(),
                        other.mounts().entries().stream()
                                .map(Object::toString)
                                .sorted()
                                .toList());
            }
        }
    }

    @Test
    void whatAPresetHasBroughtCountsLess() throws IOException {
        Sandbox sandbox = Sandbox.untrusted().rootfs(image(CONFIG)).build();
        assertEquals(Optional.of(new User(7, 8, List.of())), sandbox.user());
        assertEquals(Optional.of("/srv"), sandbox.process().workingDirectory());
        Map<String, String> environment = sandbox.process().environment();
        assertEquals("image", environment.get("LANG"));
        assertTrue(environment.get("PATH").contains("sbin"), environment.toString());
        assertEquals(OptionalInt.of(2), sandbox.bounds().stopSignal());
        assertEquals(
                Optional.of(new User(1000, 1000, List.of())),
                Sandbox.untrusted()
                        .user(1000, 1000)
                        .rootfs(image(CONFIG))
                        .build()
                        .user(),
                "said, though it is what the preset has");
        assertEquals(
                Optional.empty(),
                Sandbox.untrusted()
                        .rootfs(image("{\"User\":\"worker\"}"))
                        .build()
                        .user(),
                "the image's files are asked");
    }

    @Test
    void withAnotherRootNothingOfItIsLeft() throws IOException {
        Sandbox sandbox =
                Sandbox.untrusted().rootfs(image(CONFIG)).env("A", "caller").build();
        assertEquals(sandbox, sandbox.toBuilder().build());
        assertEquals(
                Sandbox.untrusted().env("A", "caller").build(),
                sandbox.toBuilder().rootfs(RootFs.hostReadOnly()).build());
    }

    @Test
    void whatNoSandboxCanHaveIsRefusedAtOnce() throws IOException {
        RootFs root = image("{\"StopSignal\":\"SIGNONE\"}");
        String why = assertThrows(
                        IllegalArgumentException.class, () -> Sandbox.builder().rootfs(root))
                .getMessage();
        assertTrue(why.contains("SIGNONE"), why);
    }

    /** What neither has too much of, both together may. */
    @Test
    void whatOnlyBothTogetherCantHaveIsRefusedInTheEnd() throws IOException {
        RootFs root = image("{\"Env\":[\"A=" + "x".repeat(7 << 19) + "\"]}");
        SandboxBuilder builder = Sandbox.builder().env("B", "x".repeat(7 << 19)).rootfs(root);
        String why = assertThrows(IllegalStateException.class, builder::build).getMessage();
        assertTrue(why.contains("with what the image says: "), why);
    }
}
