package dev.sandjar.internal.start;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.reuse.Templates;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Requests for starts are read as they were written. */
class StartProps {
    private static final Plan PLAN = TestPlans.plain();

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .all()
                .ofMaxLength(20)
                .filter(s ->
                        s.indexOf(0) < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(s));
    }

    @Provide
    Arbitrary<Command> commands() {
        Arbitrary<String> words = texts();
        Arbitrary<String> names = words.filter(s -> !s.isEmpty() && s.indexOf('=') < 0);
        Arbitrary<String> programs = words.filter(s -> !s.isEmpty());
        return Combinators.combine(
                        programs,
                        words.list().ofMaxSize(6),
                        Arbitraries.maps(names, words).ofMaxSize(5))
                .as((program, arguments, environment) -> {
                    String[] list = arguments.toArray(new String[0]);
                    return Command.of(program, list).env(environment);
                });
    }

    @Provide
    Arbitrary<IdMapPlan> idMaps() {
        Arbitrary<List<String>> words = texts().list().ofMaxSize(4);
        return Combinators.combine(Arbitraries.integers().between(0, 3), texts(), texts(), words, words)
                .as((mode, uids, gids, uidCommand, gidCommand) ->
                        new IdMapPlan(mode, uids, gids, uidCommand, gidCommand, 0));
    }

    @Property
    void startsAreReadAsTheyWereWritten(
            @ForAll("commands") Command command,
            @ForAll("idMaps") IdMapPlan ids,
            @ForAll long planId,
            @ForAll @Size(max = 5) List<@IntRange(max = 66) Integer> targets)
            throws SandboxException {
        StartRequest request = new StartRequest(PLAN, command);
        ReadStart read = ReadStart.read(request.start(planId, Templates.Use.NONE, ids, targets));
        assertEquals(planId, read.planId());
        assertEquals(0, read.template());
        assertEquals(0, read.flags());
        assertEquals(ids, read.ids());
        assertEquals(request.paths(), read.paths());
        assertEquals(command.argv(), read.argv());
        assertEquals(
                command.environment().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList(),
                read.environment());
        assertEquals("", read.directory());
        assertEquals(targets, read.targets());
    }

    @Property(tries = 100)
    void terminalsAndFurtherProgramsHaveTheirFields(
            @ForAll @IntRange(min = 1, max = 65535) int rows,
            @ForAll @IntRange(min = 1, max = 65535) int columns,
            @ForAll long sandbox)
            throws SandboxException {
        byte[] body = new StartRequest(PLAN, Command.of("sh").pty(rows, columns)).exec(sandbox, List.of());
        assertEquals(sandbox, new WireReader(body, 0, 8).i64());
        ReadStart read = ReadStart.read(Arrays.copyOfRange(body, 8, body.length));
        assertEquals(ReadStart.PTY, read.flags());
        assertEquals(rows, read.rows());
        assertEquals(columns, read.columns());
        assertEquals(Map.of(), Map.copyOf(PLAN.environment()));
    }
}
