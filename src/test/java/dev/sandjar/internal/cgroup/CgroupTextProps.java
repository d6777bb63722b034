package dev.sandjar.internal.cgroup;

import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** Whatever the texts hold, nothing is thrown, and nothing is made up. */
class CgroupTextProps {
    private static final List<String> PIECES = List.of(
            " ",
            "\n",
            ":",
            "=",
            "/",
            "\\",
            "\\040",
            ",",
            "-",
            ".",
            "..",
            "0",
            "8:0",
            "9223372036854771712",
            "18446744073709551616",
            "-1",
            "max",
            "some",
            "full",
            "avg10=",
            "avg60=0.00",
            "total=5",
            "rbytes=1",
            "Read",
            "oom_kill",
            "high",
            "user_usec",
            "memory",
            "cpu,cpuacct",
            "cgroup",
            "cgroup2",
            "rw",
            "ro",
            "NaN",
            "0x1p3",
            "\0",
            "\uD800",
            "grün");

    @Provide
    Arbitrary<String> garbage() {
        Arbitrary<String> kernelLike =
                Arbitraries.of(PIECES).list().ofMaxSize(40).map(words -> String.join("", words));
        return Arbitraries.oneOf(kernelLike, Arbitraries.strings().ofMaxLength(200));
    }

    @Property
    void statisticsNeverThrow(@ForAll("garbage") String text, @ForAll @LongRange(min = 1, max = 2) long version) {
        Hierarchy all = new Hierarchy((int) version, Set.of(Controller.values()), Set.of());
        GroupUsage usage = Statistics.parse(new Layout(List.of(all)), (hierarchy, file) -> text);
        for (Long number :
                new Long[] {usage.userNanos(), usage.memoryCurrent(), usage.oomKill(), usage.minorFaults()}) {
            if (number != null && number < 0) {
                throw new AssertionError(usage);
            }
        }
    }

    @Property
    void mountsAndMembershipsNeverThrow(@ForAll("garbage") String text, @ForAll("garbage") String path) {
        CgroupMount.parse(text + "\n1 2 0:1 " + text + " /x rw - cgroup2 x rw")
                .forEach(mount -> mount.pathOf("/" + path));
        Membership.parse(text + "\n0::/" + text).forEach(Membership::controllers);
        Discovery.enabled(text);
    }

    @Property
    void eventsNeverThrow(@ForAll("garbage") String before, @ForAll("garbage") String after) {
        for (String file : List.of("memory.events", "memory.failcnt", "memory.oom_control", "pids.events")) {
            Events.between(file, before, after).forEach(o -> {
                if (o.count() <= 0) {
                    throw new AssertionError(o);
                }
            });
        }
    }

    @Property
    boolean numbersReadBack(@ForAll @LongRange(min = 0) long value) {
        return Long.valueOf(value).equals(Numbers.sole(value + "\n"))
                && Long.valueOf(value).equals(Numbers.keyed("x 1\nkey " + value + "\n", "key"));
    }

    @Property
    boolean halfOfAllUnsignedNumbersAreTheGreatest(@ForAll @LongRange(min = Long.MIN_VALUE, max = -1) long bits) {
        return Long.valueOf(Long.MAX_VALUE).equals(Numbers.parse(Long.toUnsignedString(bits)));
    }

    @Property
    boolean mountPathsAreNeverOutsideOfTheMount(@ForAll("garbage") String root, @ForAll("garbage") String group) {
        CgroupMount mount = new CgroupMount(2, "/" + root, "/mnt", List.of("rw"), List.of("rw"));
        String path = mount.pathOf("/" + group);
        return path == null || (path + "/").startsWith("/mnt/") && !(path + "/").contains("/../");
    }
}
