package dev.sandjar.internal.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Any calls in any order. */
class PolicyJsonProps {
    private static final List<BuilderCalls.Call> CALLS = BuilderCalls.all();

    @Property(tries = 300)
    void aPolicyIsWhatItWas(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        SandboxBuilder builder = random.nextBoolean() ? Sandbox.untrusted() : Sandbox.builder();
        for (int i = random.nextInt(30); i > 0; i--) {
            SandboxBuilder next = CALLS.get(random.nextInt(CALLS.size())).random(builder, random);
            try {
                Sandbox unused = next.build();
                builder = next;
            } catch (IllegalStateException e) {
                continue; // it does not go with what was said before
            }
        }
        Sandbox sandbox = builder.build();
        String json = sandbox.toJson();
        Sandbox copy = SandboxBuilder.fromJson(json).build();
        assertEquals(sandbox, copy, json);
        assertEquals(json, copy.toJson());
        if (sandbox.namespaces().clockStart().isEmpty()
                && sandbox.process().processors().isEmpty()) {
            assertEquals(Plans.outcome(sandbox), Plans.outcome(copy), json);
        }
    }
}
