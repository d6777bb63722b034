package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void describes() {
        assertEquals("EPERM (Operation not permitted)", Errno.describe(1));
        assertEquals("ENOENT (No such file or directory)", Errno.describe(2));
        assertEquals("ENOSYS (Function not implemented)", Errno.describe(38));
        assertEquals("EOPNOTSUPP (Operation not supported)", Errno.describe(95));
        assertEquals("EAGAIN", Errno.name(11));
        assertEquals(Optional.of(Errno.EHWPOISON), Errno.of(133));
    }

    @Test
    void staysCalmAboutOtherNumbers() {
        for (int number : new int[] {Integer.MIN_VALUE, -1, 0, 41, 58, 134, 4711, Integer.MAX_VALUE}) {
            assertEquals("errno " + number, Errno.describe(number));
            assertEquals(Optional.empty(), Errno.of(number));
        }
    }

    /** strerrorname_np(3) is of glibc 2.32; the numbers are the kernel's, with whatever C library. */
    @Test
    void isWhatTheCLibrarySays() {
        Function name = function("strerrorname_np");
        Function description = function("strerrordesc_np");
        for (Errno errno : Errno.values()) {
            Object[] number = {errno.number()};
            assertEquals(name.invokeString(number, false), errno.name());
            assertEquals(description.invokeString(number, false), errno.text());
        }
    }

    private static Function function(String name) {
        try {
            return NativeLibrary.getProcess().getFunction(name);
        } catch (UnsatisfiedLinkError e) {
            return Assumptions.abort("no glibc of 2.32 or later: " + e.getMessage());
        }
    }

    @Test
    void hasEveryNumberOnce() {
        Set<Integer> numbers = new HashSet<>();
        for (Errno errno : Errno.values()) {
            assertTrue(numbers.add(errno.number()), errno.name());
            assertEquals(Optional.of(errno), Errno.of(errno.number()));
        }
        // 1 to 133 without 41 and 58, which Linux leaves out as aliases.
        assertEquals(131, numbers.size());
    }
}
