package dev.sandjar.internal.policy;

/** What {@code sched_setattr(2)} takes; times are nanoseconds. */
public record SchedulerPolicy(
        int policy, long flags, int nice, int priority, long runtime, long deadline, long period) {}
