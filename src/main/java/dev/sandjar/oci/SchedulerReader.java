package dev.sandjar.oci;

import dev.sandjar.linux.Scheduling;
import java.time.Duration;
import java.util.List;

/** The scheduling policy (config.md, "Linux Process", "scheduler"). */
final class SchedulerReader {
    private SchedulerReader() {}

    static void read(Draft draft, JsonAt scheduler) throws InvalidBundleException {
        scheduler.knowing("policy", "nice", "priority", "flags", "runtime", "deadline", "period");
        JsonAt policy = scheduler.required("policy");
        int nice = scheduler.number("nice", -20, 19).orElse(0L).intValue();
        int priority = scheduler.number("priority", 0, 99).orElse(0L).intValue();
        String name = policy.text();
        boolean realtime = name.equals("SCHED_FIFO") || name.equals("SCHED_RR");
        if (priority != 0 && !realtime) {
            throw scheduler.refused("priority", "is for SCHED_FIFO and SCHED_RR");
        }
        Scheduling chosen =
                switch (name) {
                    case "SCHED_OTHER" -> Scheduling.other(nice);
                    case "SCHED_BATCH" -> Scheduling.batch(nice);
                    case "SCHED_IDLE" -> Scheduling.idle();
                    case "SCHED_FIFO" -> policy.checked(() -> Scheduling.fifo(priority));
                    case "SCHED_RR" -> policy.checked(() -> Scheduling.roundRobin(priority));
                    case "SCHED_DEADLINE" -> deadline(scheduler);
                    default -> throw policy.refused("is not a scheduling policy of Linux");
                };
        List<JsonAt> flags = scheduler.list("flags");
        for (JsonAt flag : flags) {
            if (!flag.text().equals("SCHED_FLAG_RESET_ON_FORK")) {
                throw flag.refused("only SCHED_FLAG_RESET_ON_FORK can be set");
            }
        }
        draft.builder.process(p -> p.scheduling(flags.isEmpty() ? chosen : chosen.resetOnFork()));
    }

    private static Scheduling deadline(JsonAt scheduler) throws InvalidBundleException {
        Duration runtime = nanos(scheduler, "runtime");
        Duration deadline = nanos(scheduler, "deadline");
        Duration period = nanos(scheduler, "period");
        return scheduler.checked(() -> Scheduling.deadline(runtime, deadline, period));
    }

    private static Duration nanos(JsonAt scheduler, String field) throws InvalidBundleException {
        return Duration.ofNanos(scheduler.number(field, 0, Long.MAX_VALUE).orElse(0L));
    }
}
