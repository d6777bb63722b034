package dev.sandjar.internal.start;

import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.protocol.WireReader;
import java.util.ArrayList;
import java.util.List;

/** The body of a start, read back field by field as protocol.h lists them. */
public record ReadStart(
        long planId,
        long template,
        int flags,
        int rows,
        int columns,
        List<Long> bounds,
        IdMapPlan ids,
        List<String> paths,
        List<String> argv,
        List<String> environment,
        String directory,
        List<Integer> targets) {
    static final int PROBE = 1;
    public static final int PTY = 2;

    public static ReadStart read(byte[] body) {
        return read(new WireReader(body, 0, body.length));
    }

    public static ReadStart read(WireReader in) {
        ReadStart start = new ReadStart(
                in.i64(),
                in.i64(),
                in.i32(),
                in.u16(),
                in.u16(),
                List.of(in.i64(), in.i64(), in.i64(), (long) in.i32()),
                new IdMapPlan(in.i32(), in.str(), in.str(), strv(in), strv(in), 0),
                strv(in),
                strv(in),
                strv(in),
                in.str(),
                numbers(in));
        in.end();
        return start;
    }

    private static List<String> strv(WireReader in) {
        List<String> items = new ArrayList<>();
        for (int n = in.count(5); n > 0; n--) {
            items.add(in.str());
        }
        return items;
    }

    private static List<Integer> numbers(WireReader in) {
        List<Integer> items = new ArrayList<>();
        for (int n = in.count(4); n > 0; n--) {
            items.add(in.i32());
        }
        return items;
    }
}
