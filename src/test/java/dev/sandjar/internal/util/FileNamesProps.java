package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FileNamesProps {
    @Property
    void anyBytesSurvive(@ForAll byte[] name) {
        assertArrayEquals(name, FileNames.encode(FileNames.decode(name)));
    }

    @Property
    void textIsText(@ForAll String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(new String(bytes, java.nio.charset.StandardCharsets.UTF_8), FileNames.decode(bytes));
    }

    @Example
    void whatIsNoTextIsEscapedByteByByte() {
        assertEquals(
                "a\udcff\u00e9\udcc3",
                FileNames.decode(new byte[] {'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa9, (byte) 0xc3}));
    }
}
