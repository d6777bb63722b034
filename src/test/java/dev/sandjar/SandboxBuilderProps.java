package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SandboxBuilderProps {
    private static final DataSize SIZE = DataSize.kibibytes(4);

    /** A call that mounts something at one of few places, so that places meet. */
    @Provide
    Arbitrary<List<Consumer<SandboxBuilder>>> calls() {
        Arbitrary<String> target = Arbitraries.of("/a", "/b", "/a/b", "/proc", "/dev", "/tmp");
        Arbitrary<Integer> kind = Arbitraries.integers().between(0, 9);
        return Combinators.combine(kind, target)
                .as(SandboxBuilderProps::call)
                .list()
                .ofMaxSize(12);
    }

    private static Consumer<SandboxBuilder> call(int kind, String target) {
        List<Consumer<SandboxBuilder>> calls = List.of(
                b -> b.tmpfs(target, SIZE),
                b -> b.bind(Path.of("/opt"), target),
                b -> b.file(target, "x"),
                b -> b.symlink(target, "x"),
                b -> b.mounts(m -> m.directory(target, 0700)),
                b -> b.mounts(m -> m.mask(target)),
                b -> b.mounts(m -> m.readOnlyPath(target)),
                b -> b.mounts(m -> m.proc()),
                b -> b.mounts(Mounts::dev),
                b -> b.mounts(m -> m.mqueue(target)));
        return calls.get(kind);
    }

    @Property
    void noTargetIsMountedTwiceWhateverIsCalled(@ForAll("calls") List<Consumer<SandboxBuilder>> calls) {
        SandboxBuilder builder = Sandbox.untrusted();
        for (Consumer<SandboxBuilder> call : calls) {
            try {
                call.accept(builder);
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().contains("twice"), e.getMessage());
            }
        }
        Sandbox sandbox;
        try {
            sandbox = builder.build();
        } catch (IllegalStateException e) {
            assertTrue(
                    e.getMessage().contains("can't be below") || e.getMessage().contains("would be covered"),
                    e.getMessage());
            return;
        }
        Set<String> mounted = new HashSet<>();
        Set<String> covered = new HashSet<>();
        for (MountEntry entry : sandbox.mounts().entries()) {
            if (entry instanceof MountEntry.Masked || entry instanceof MountEntry.ReadOnlyPath) {
                assertTrue(covered.add(entry.getClass() + entry.target()), entry.toString());
            } else {
                assertTrue(mounted.add(entry.target()), entry.toString());
            }
        }
        assertEquals(targets(sandbox), targets(sandbox.toBuilder().build()));
    }

    private static List<String> targets(Sandbox sandbox) {
        List<String> targets = new ArrayList<>();
        sandbox.mounts().entries().forEach(entry -> targets.add(entry.getClass().getSimpleName() + entry.target()));
        return targets;
    }

    @Property
    boolean niceIsAcceptedExactlyInItsRange(@ForAll int nice) {
        try {
            return Sandbox.builder()
                                    .process(p -> p.nice(nice))
                                    .build()
                                    .process()
                                    .nice()
                                    .getAsInt()
                            == nice
                    && nice >= -20
                    && nice <= 19;
        } catch (IllegalArgumentException e) {
            return (nice < -20 || nice > 19) && e.getMessage().contains(String.valueOf(nice));
        }
    }
}
