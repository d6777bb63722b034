package dev.sandjar.internal.runtime;

import dev.sandjar.internal.protocol.WireReader;
import java.util.ArrayList;
import java.util.List;

/** What the runtime command asks a compiler that stays for: the words that it would start Java with. */
public final class ContainerRequest {
    private ContainerRequest() {}

    /**
     * Reads them.
     *
     * @param body how many, and each as a text
     */
    public static List<String> words(byte[] body) {
        WireReader reader = new WireReader(body, 0, body.length);
        int count = reader.count(Integer.BYTES + 1);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(reader.str());
        }
        reader.end();
        return words;
    }
}
