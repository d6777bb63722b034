package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.Verdict;
import dev.sandjar.plugin.PluginException.Reason;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Programs that speak JSON. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.USERNS, Feature.PROC})
class CommandPluginIT {
    interface Tool {
        All all(All value);

        Figure figure(Figure value);

        long add(long a, long b);

        int raw(String line) throws Odd;
    }

    enum Colour {
        RED,
        GREEN
    }

    sealed interface Figure permits Circle, Square {}

    record Circle(double radius) implements Figure {}

    record Square(int side) implements Figure {}

    record All(
            boolean flag,
            byte small,
            char letter,
            Integer boxed,
            double real,
            String text,
            List<Figure> figures,
            Map<Colour, Long> map,
            Map<Long, String> numbers,
            Optional<String> optional) {}

    static class Odd extends Exception {
        private static final long serialVersionUID = 1L;

        Odd(String message) {
            super(message);
        }
    }

    interface WithStream {
        void read(java.io.InputStream in);

        void two(int a);

        void two(String a);
    }

    private static final String PYTHON =
            """
            import json, os, sys
            calls = os.fdopen(int(os.environ["SANDJAR_FD_CALLS"]), encoding="utf-8")
            replies = os.fdopen(int(os.environ["SANDJAR_FD_REPLIES"]), "w", encoding="utf-8")
            print("not the channel")
            for line in calls:
                call = json.loads(line)
                reply = {"id": call["id"]}
                if call["method"] == "add":
                    reply["result"] = call["params"][0] + call["params"][1]
                elif call["method"] == "raw":
                    replies.write(call["params"][0].replace("ID", str(call["id"])))
                    replies.flush()
                    continue
                else:
                    reply["result"] = call["params"][0]
                replies.write(json.dumps(reply) + "\\n")
                replies.flush()
            """;

    private static PluginPool<Tool> pool() throws Exception {
        return pool(Duration.ofSeconds(20));
    }

    private static PluginPool<Tool> pool(Duration callTimeout) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().file("/tool.py", PYTHON).build();
        return CommandPlugin.builder(Tool.class, Command.of("/usr/bin/python3", "-I", "/tool.py"))
                .sandbox(sandbox)
                .limits(new PluginLimits(DataSize.kibibytes(64), 16, 100, 4, 4, DataSize.mebibytes(1)))
                .callTimeout(callTimeout)
                .build();
    }

    /** SIGQUIT ends a program that knows nothing of it. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void whatIsNoJavaMachineIsNotAskedForItsThreads() throws Exception {
        try (PluginPool<Tool> pool = pool();
                Plugin<Tool> plugin = pool.take()) {
            assertThrows(UnsupportedOperationException.class, plugin::threadDump);
            assertThrows(UnsupportedOperationException.class, plugin::heapHistogram);
            assertEquals(5, plugin.get().add(2, 3));
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void python() throws Exception {
        try (PluginPool<Tool> pool = pool()) {
            assertEquals(5, pool.get().add(2, 3));
            assertEquals(Long.MAX_VALUE, pool.get().add(Long.MAX_VALUE, 0));
            All all = new All(
                    true,
                    (byte) -1,
                    '\u20ac',
                    null,
                    Double.NEGATIVE_INFINITY,
                    "line\nline \u0000 \ud83d\ude00",
                    List.of(new Circle(1.5), new Square(2)),
                    Map.of(Colour.GREEN, 7L),
                    Map.of(1L, "one"),
                    Optional.empty());
            assertEquals(all, pool.get().all(all));
            assertEquals(new Square(3), pool.get().figure(new Square(3)));
            PluginException e =
                    assertThrows(PluginException.class, () -> pool.get().raw("x".repeat(100_000)));
            assertEquals(Reason.REFUSED, e.reason());
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void whatItMayAnswer() throws Exception {
        try (PluginPool<Tool> pool = pool()) {
            Tool tool = pool.get();
            assertEquals(7, tool.raw("{\"id\":ID,\"result\":7}\n"));
            assertEquals(
                    "even",
                    assertThrows(
                                    Odd.class,
                                    () -> tool.raw("{\"error\":{\"type\":\"Odd\",\"message\":\"even\"},\"id\":ID}\n"))
                            .getMessage());
            PluginException thrown = assertThrows(
                    PluginException.class,
                    () -> tool.raw("{\"id\":ID,\"error\":{\"type\":\"java.lang.Runtime\",\"trace\":\"there\"}}\n"));
            assertEquals(Reason.THROWN, thrown.reason());
            assertEquals(Optional.of("there"), thrown.guestTrace());
            PluginException plain =
                    assertThrows(PluginException.class, () -> tool.raw("{\"id\":ID,\"error\":\"no good\"}\n"));
            assertEquals(Reason.THROWN, plain.reason());
            assertTrue(plain.getMessage().endsWith(": no good"), plain::getMessage);
            for (String wrong : List.of(
                    "{\"id\":ID,\"error\":[\"no good\"]}\n",
                    "{\"id\":ID,\"result\":\"7\"}\n",
                    "{\"id\":ID,\"result\":null}\n",
                    "{\"id\":ID,\"result\":2147483648}\n",
                    "{\"id\":ID,\"result\":1.5}\n",
                    "{\"id\":ID}\n",
                    "{\"id\":ID,\"result\":1,\"result\":2}\n",
                    "{\"id\":4711,\"result\":7}\n",
                    "{\"id\":ID,\"result\":" + "[".repeat(100) + "\n",
                    "7\n",
                    "\n")) {
                PluginException e = assertThrows(PluginException.class, () -> tool.raw(wrong), wrong);
                assertEquals(Reason.PROTOCOL_VIOLATION, e.reason(), wrong);
            }
            assertEquals(5, tool.add(2, 3));
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void halfAnAnswer() throws Exception {
        try (PluginPool<Tool> pool = pool(Duration.ofSeconds(3))) {
            Tool tool = pool.get();
            // Its worker may take longer to start than a call.
            assertTrue(Await.within(Duration.ofSeconds(60), () -> adds(tool)));
            PluginException silent = assertThrows(PluginException.class, () -> tool.raw("{\"id\":ID,"));
            assertEquals(Reason.TIMED_OUT, silent.reason());
        }
    }

    private static boolean adds(Tool tool) {
        try {
            return tool.add(2, 3) == 5;
        } catch (PluginException e) {
            return false;
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void programsThatEnd() throws Exception {
        try (PluginPool<Tool> pool = CommandPlugin.builder(Tool.class, Command.of("/bin/sh", "-c", "echo help; exit 3"))
                .build()) {
            PluginException e =
                    assertThrows(PluginException.class, () -> pool.get().add(1, 1));
            assertEquals(Reason.WORKER_ENDED, e.reason(), e::toString);
            assertEquals(Optional.of(Verdict.EXITED), e.verdict());
            assertTrue(e.getMessage().contains("help"), e::getMessage);
        }
    }

    @Test
    @NeedsHost(Feature.NODE)
    void node() throws Exception {
        String program =
                """
                const fs = require('fs'), rl = require('readline');
                const out = Number(process.env.SANDJAR_FD_REPLIES);
                rl.createInterface({ input: fs.createReadStream(null, { fd: Number(process.env.SANDJAR_FD_CALLS) }) })
                  .on('line', l => { const c = JSON.parse(l); fs.writeSync(out, JSON.stringify({ id: c.id, result: c.params[0] + c.params[1] }) + '\\n'); });
                """;
        try (PluginPool<Tool> pool = CommandPlugin.builder(Tool.class, Command.of("/usr/bin/node", "-e", program))
                .build()) {
            assertEquals(5, pool.get().add(2, 3));
        }
    }

    @Test
    void contractsThatAreNotForJson() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> CommandPlugin.builder(WithStream.class, Command.of("true")))
                .getMessage();
        assertTrue(message.contains("read: streams") && message.contains("two: there are two"), message);
    }
}
