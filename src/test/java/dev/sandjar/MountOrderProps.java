package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the order of the calls, the same is seen and the same is protected: checked against a model of what mounts do. */
class MountOrderProps {
    private static final List<String> PATHS =
            List.of("/a", "/b", "/a/c", "/a/d", "/a/c/e", "/a/c/f", "/a/c/e/g", "/ab", "/b/c", "/b/c/e");

    enum Kind {
        BIND,
        READ_ONLY,
        TMPFS,
        FILE,
        DIRECTORY,
        LINK,
        MASK,
        READ_ONLY_PATH;

        boolean covers() {
            return this == MASK || this == READ_ONLY_PATH;
        }
    }

    record Call(Kind kind, String target) {
        void on(SandboxBuilder builder) {
            switch (kind) {
                case BIND -> builder.bind(Path.of("/source" + target), target);
                case READ_ONLY -> builder.bindReadOnly(Path.of("/source" + target), target);
                case TMPFS -> builder.tmpfs(target, DataSize.mebibytes(1));
                case FILE -> builder.file(target, target);
                case DIRECTORY -> builder.mounts(m -> m.directory(target, 0755));
                case LINK -> builder.symlink(target, "elsewhere");
                case MASK -> builder.mounts(m -> m.mask(target));
                case READ_ONLY_PATH -> builder.mounts(m -> m.readOnlyPath(target));
            }
        }
    }

    @Provide
    Arbitrary<List<Call>> calls() {
        return Combinators.combine(Arbitraries.of(Kind.class), Arbitraries.of(PATHS))
                .as(Call::new)
                .list()
                .ofMaxSize(9)
                .map(MountOrderProps::withoutClashes);
    }

    /** One thing that is put at a place, and each cover once. */
    private static List<Call> withoutClashes(List<Call> calls) {
        Set<String> seen = new HashSet<>();
        List<Call> left = new ArrayList<>();
        for (Call call : calls) {
            if (seen.add(call.target() + (call.kind().covers() ? call.kind() : ""))) {
                left.add(call);
            }
        }
        return left;
    }

    /** What a policy leads to, or what is wrong with it. */
    private static Object outcome(List<Call> earlier, List<Call> calls) {
        SandboxBuilder builder = Sandbox.builder()
                .rootfs(RootFs.tmpfs(DataSize.mebibytes(1)))
                .mounts(m -> m.noDev().noProc());
        try {
            earlier.forEach(call -> call.on(builder));
            SandboxBuilder next = earlier.isEmpty() ? builder : builder.build().toBuilder();
            calls.forEach(call -> call.on(next));
            return Model.of(next.build().mounts().entries());
        } catch (IllegalStateException e) {
            return new TreeSet<>(String.valueOf(e.getMessage()).lines().toList());
        }
    }

    @Property(tries = 3000)
    void permutingTheCallsChangesNothing(@ForAll("calls") List<Call> calls, @ForAll Random random) {
        List<Call> permuted = new ArrayList<>(calls);
        Collections.shuffle(permuted, random);
        assertEquals(outcome(List.of(), calls), outcome(List.of(), permuted));
    }

    @Property(tries = 2000)
    void alsoOnTopOfAnEarlierSandbox(
            @ForAll("calls") List<Call> earlier, @ForAll("calls") List<Call> calls, @ForAll Random random) {
        List<Call> permuted = new ArrayList<>(calls);
        Collections.shuffle(permuted, random);
        assertEquals(outcome(earlier, calls), outcome(earlier, permuted));
    }

    @Property(tries = 2000)
    void whatIsToBeProtectedIs(@ForAll("calls") List<Call> earlier, @ForAll("calls") List<Call> calls) {
        if (outcome(earlier, calls) instanceof Model model) {
            List<Call> all = new ArrayList<>(calls);
            // The very place of an earlier cover may be named to mount something there.
            earlier.stream()
                    .filter(call ->
                            calls.stream().noneMatch(later -> later.target().equals(call.target())))
                    .forEach(all::add);
            for (Call call : all) {
                if (call.kind() == Kind.MASK) {
                    assertTrue(model.hidden().contains(call.target()), call + " in " + model);
                } else if (call.kind() == Kind.READ_ONLY_PATH) {
                    assertTrue(
                            model.readOnly().contains(call.target())
                                    || model.hidden().contains(call.target()),
                            call + " in " + model);
                }
            }
        }
    }

    /** Nothing that this builder was told is covered by anything but a mask of the same place. */
    @Property(tries = 2000)
    void whatWasSaidIsSeen(@ForAll("calls") List<Call> earlier, @ForAll("calls") List<Call> calls) {
        if (outcome(earlier, calls) instanceof Model model) {
            for (Call call : calls) {
                if (!call.kind().covers()) {
                    String seen = model.seen().get(call.target());
                    assertEquals(
                            call.target(), seen == null ? null : seen.substring(seen.indexOf('/')), model.toString());
                }
            }
        }
    }

    /**
     * The state that a sequence of operations leaves at each path.
     *
     * @param seen what was put at or above it last, kind and target
     */
    record Model(Map<String, String> seen, Set<String> hidden, Set<String> readOnly) {
        static Model of(List<MountEntry> entries) {
            Map<String, String> seen = new HashMap<>();
            Set<String> hidden = new TreeSet<>();
            Set<String> readOnly = new TreeSet<>();
            for (MountEntry entry : entries) {
                boolean content = entry instanceof MountEntry.FileBytes
                        || entry instanceof MountEntry.Directory
                        || entry instanceof MountEntry.Symlink;
                for (String path : PATHS) {
                    boolean below = path.equals(entry.target()) || path.startsWith(entry.target() + "/");
                    if (entry instanceof MountEntry.Masked && below) {
                        hidden.add(path);
                    } else if (entry instanceof MountEntry.ReadOnlyPath && below) {
                        readOnly.add(path);
                    } else if (below
                            && !(entry instanceof MountEntry.Masked)
                            && !(entry instanceof MountEntry.ReadOnlyPath)) {
                        if (!content) {
                            // A new mount shows nothing of what was done below it before.
                            hidden.remove(path);
                            readOnly.remove(path);
                        }
                        if (!content || path.equals(entry.target())) {
                            seen.put(path, entry.getClass().getSimpleName() + " " + entry.target());
                        }
                    }
                }
            }
            return new Model(new TreeMap<>(seen), hidden, readOnly);
        }
    }
}
