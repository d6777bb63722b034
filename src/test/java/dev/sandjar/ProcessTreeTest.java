package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {
    private static ProcessTree process(int pid, String name, ProcessTree... children) {
        return new ProcessTree(1000 + pid, pid, name, List.of(name, "-x"), List.of(children));
    }

    @Test
    void looksLikePstree() {
        ProcessTree zombie = new ProcessTree(1005, 5, "gone", List.of(), List.of());
        ProcessTree tree = process(2, "sh", process(3, "make", process(4, "cc")), zombie);
        assertEquals(
                """
                2 [1002] sh -x
                ├─ 3 [1003] make -x
                │  └─ 4 [1004] cc -x
                └─ 5 [1005] (gone)
                """,
                tree.toString());
        assertEquals(
                List.of(2L, 3L, 4L, 5L),
                tree.stream().map(ProcessTree::sandboxPid).toList());
    }

    @Test
    void hostileNamesAndDepthsDoNoHarm() {
        ProcessTree tree = process(1, "\u001b]0;title\u0007\n" + "x".repeat(100_000));
        for (int i = 2; i < 20_000; i++) {
            tree = process(i, "p", tree);
        }
        assertEquals(19_999, tree.stream().count());
        String text = tree.toString();
        assertFalse(text.contains("\u001b") || text.contains("\u0007"));
        assertEquals(19_999, text.lines().count());
        assertTrue(text.length() < 20_000 * 200);
    }
}
