package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What every process of a sandbox starts with.
 *
 * @param environment defaults that a command's own variables add to or replace
 * @param directory working directory; null is "/" under a root of its own, else the host process's
 * @param umask 0 to 0777
 * @param ioprio class and level as {@code ioprio_set(2)} takes them
 * @param affinity CPU numbers; empty leaves all
 * @param rlimits by resource number of {@code getrlimit(2)}
 * @param capabilities numbers of {@code capabilities(7)} that the payload keeps
 * @param newKeyring whether it gets an empty session keyring
 * @param coreDumps whether it may dump core
 * @param personality {@code personality(2)}
 * @param processors so many of the host process' CPUs, whichever; 0 leaves all
 * @param masks the five sets of capabilities where they differ; null if each is {@code capabilities}
 * @param loginVariables whether it gets what a login sets, unless it is set: USER and LOGNAME where the accounts are Sandjar's, TERM
 *     on a terminal
 * @param appArmor the profile that it gets; null leaves that of the launcher
 * @param seLinux the label that it gets; null leaves it to the kernel
 */
public record ProcessPolicy(
        Map<String, String> environment,
        @Nullable String directory,
        @Nullable Integer umask,
        @Nullable Integer nice,
        @Nullable Integer ioprio,
        @Nullable Integer oomScoreAdj,
        List<Integer> affinity,
        SortedMap<Integer, RlimitValue> rlimits,
        SortedSet<Integer> capabilities,
        boolean newKeyring,
        boolean coreDumps,
        @Nullable Long personality,
        int processors,
        @Nullable CapabilityMasks masks,
        @Nullable SchedulerPolicy scheduler,
        boolean loginVariables,
        @Nullable String appArmor,
        @Nullable String seLinux) {
    public ProcessPolicy {
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        affinity = List.copyOf(affinity);
        rlimits = Collections.unmodifiableSortedMap(new TreeMap<>(rlimits));
        capabilities = Collections.unmodifiableSortedSet(new TreeSet<>(capabilities));
    }

    /** The same with a variable, unless it has one of that name. */
    public ProcessPolicy withDefault(String variable, String value) {
        if (environment.containsKey(variable)) {
            return this;
        }
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(variable, value);
        return new ProcessPolicy(
                more,
                directory,
                umask,
                nice,
                ioprio,
                oomScoreAdj,
                affinity,
                rlimits,
                capabilities,
                newKeyring,
                coreDumps,
                personality,
                processors,
                masks,
                scheduler,
                loginVariables,
                appArmor,
                seLinux);
    }

    public ProcessPolicy(
            Map<String, String> environment,
            @Nullable String directory,
            @Nullable Integer umask,
            @Nullable Integer nice,
            @Nullable Integer ioprio,
            @Nullable Integer oomScoreAdj,
            List<Integer> affinity,
            SortedMap<Integer, RlimitValue> rlimits,
            SortedSet<Integer> capabilities,
            boolean newKeyring,
            boolean coreDumps,
            @Nullable Long personality) {
        this(
                environment,
                directory,
                umask,
                nice,
                ioprio,
                oomScoreAdj,
                affinity,
                rlimits,
                capabilities,
                newKeyring,
                coreDumps,
                personality,
                0,
                null,
                null,
                false,
                null,
                null);
    }
}
