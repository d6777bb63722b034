package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Confinement;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.internal.bpf.BuiltIns;
import dev.sandjar.internal.bpf.Compiled;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.FilterTooLargeException;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.Reopened;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What holds a program once it runs: the options of its processor, and last of all its filter on system calls. */
final class ConfinementPlanner {
    private static final int INSTRUCTION = 8;
    private static final int STORE_BYPASS = 0;
    private static final int INDIRECT_BRANCH = 1;
    private static final int FORCE_DISABLE = 8;
    private static final int FLAG_LOG = 2;
    private static final int FLAG_SPEC_ALLOW = 4;
    /** Before, a tracer could change a call that the filter had let pass. */
    private static final KernelVersion FILTERS_AFTER_TRACERS = new KernelVersion(4, 8);

    private ConfinementPlanner() {}

    static void plan(Draft draft, Identity identity) throws SandboxException {
        Confinement asked = draft.request.confinement();
        if (asked.mitigateSpeculation() && draft.wants(Isolation.SPECULATION_CONTROL)) {
            speculation(draft, STORE_BYPASS, "speculative store bypass");
            speculation(draft, INDIRECT_BRANCH, "indirect branch speculation");
            draft.enforced(
                    Isolation.SPECULATION_CONTROL.label(),
                    "prctl(PR_SET_SPECULATION_CTRL)",
                    "off for good, where the processor is affected");
        }
        if (asked.coreScheduling() && draft.wants(Isolation.CORE_SCHEDULING)) {
            draft.process(
                    new Work.Bare(Opcode.CORE_SCHED), 0, "get a core scheduling cookie", Isolation.CORE_SCHEDULING);
            draft.enforced(Isolation.CORE_SCHEDULING.label(), "prctl(PR_SCHED_CORE_CREATE)", "");
        }
        filter(draft, identity, asked.seccomp());
    }

    private static void speculation(Draft draft, int which, String what) {
        draft.process(
                new Work.Speculation(which, FORCE_DISABLE), 0, "turn " + what + " off", Isolation.SPECULATION_CONTROL);
    }

    private static void filter(Draft draft, Identity identity, SeccompProfile given) throws SandboxException {
        boolean exact = draft.request.terms() != null;
        SeccompProfile asked = exact ? given : reopened(draft, identity, given);
        SeccompProfile profile = exact ? given : withRefusals(draft, identity, asked);
        if (profile.isNone() && !draft.request.listens()) {
            return;
        }
        if (!draft.wants(Isolation.SECCOMP)) {
            if (!profile.equals(asked) && draft.request.tier() != Tier.NONE) {
                // Whatever the caller can do without: it would be without two things at once, each in place of the
                // other.
                draft.refuse(
                        null,
                        "system calls refused in place of a missing isolation",
                        "this host has no filter on system calls either",
                        Diagnosis.of(Isolation.SECCOMP).remedy());
            }
            return;
        }
        Compiled compiled;
        try {
            compiled = FilterCompiler.compile(
                    profile,
                    Machine.host(),
                    FilterCompiler.numbers(
                            draft.request.process().capabilities().any()),
                    KernelVersion.host(),
                    intercepted(draft.request));
        } catch (FilterTooLargeException | UnsupportedOperationException e) {
            draft.refuse(
                    null,
                    Isolation.SECCOMP.label(),
                    String.valueOf(e.getMessage()),
                    "use a profile with fewer conditions, on x86-64 or aarch64");
            return;
        }
        if (draft.request.observing()) {
            draft.flags |= Plan.OBSERVE;
            draft.enforced("observed system calls", "ptrace(2), SECCOMP_RET_TRACE", "all");
        }
        if (!exact) {
            descriptors(draft, identity, given);
        }
        byte[] asking = compiled.asking();
        if (asking != null) {
            install(draft, asking, 0, Opcode.LISTENER, "install the filter that asks the host");
            draft.enforced(
                    "system calls decided by the host",
                    "seccomp(2), SECCOMP_RET_USER_NOTIF",
                    asks(draft.request.confinement()));
        }
        install(draft, compiled.main(), flags(profile), 0, "install the seccomp filter");
        if (!profile.isNone()) {
            draft.enforced(
                    Isolation.SECCOMP.label() + ", " + name(given, profile),
                    "seccomp(2)",
                    compiled.main().length / INSTRUCTION + " instructions, "
                            + Machine.host().name().toLowerCase(Locale.ROOT)
                            + tracing(asked, given));
        }
    }

    /** Of a filter with other rules, that it has the name of one of ours says nothing. */
    private static String name(SeccompProfile given, SeccompProfile profile) {
        boolean another = Stream.of(BuiltIns.standard(), BuiltIns.strict(), SeccompProfile.none())
                .anyMatch(each -> each.name().equals(given.name()) && !each.equals(given));
        return another ? Printable.quote(profile.name()) + " of the caller's own" : profile.name();
    }

    /** Installed only where a start hands files of the host over. */
    private static void descriptors(Draft draft, Identity identity, SeccompProfile profile) throws SandboxException {
        SeccompProfile modes = SetIdRefusals.ofDescriptors(draft, identity, profile);
        if (modes != null) {
            byte[] program = FilterCompiler.compile(
                            modes,
                            Machine.host(),
                            FilterCompiler.numbers(
                                    draft.request.process().capabilities().any()),
                            KernelVersion.host(),
                            InterceptedCalls.NOTHING)
                    .main();
            install(draft, program, 0, Opcode.HANDED_FILES, "install the filter for files that are handed over");
            draft.guardsHandedFiles = true;
        }
    }

    private static String asks(Confinement confinement) {
        String names = String.join(" ", confinement.handlers().keySet());
        return confinement.recordDenials() ? (names + " and what the profile refuses").strip() : names;
    }

    /** What became of the built-in profiles' refusal of tracing. */
    private static String tracing(SeccompProfile used, SeccompProfile profile) {
        if (!Reopened.refusesTracing(profile)) {
            return "";
        }
        return Reopened.refusesTracing(used)
                ? "; no tracing, which needs a PID namespace of its own"
                : "; tracing within its PID namespace";
    }

    private static InterceptedCalls intercepted(Request request) {
        Confinement confinement = request.confinement();
        return new InterceptedCalls(confinement.handlers().keySet(), confinement.recordDenials(), request.observing());
    }

    private static SeccompProfile reopened(Draft draft, Identity identity, SeccompProfile profile)
            throws SandboxException {
        boolean limited = !draft.request.limits().hugetlb().isEmpty()
                && draft.entries.stream()
                        .noneMatch(e -> e.request().equals(Limit.HUGETLB.label())
                                && e.outcome() == AppliedPolicy.Outcome.DEGRADED);
        if (profile.isNone()) {
            return profile;
        }
        SeccompProfile opened = Reopened.in(
                profile,
                draft.request.mounts().stream().anyMatch(MountEntry::isQueues),
                limited,
                NamespacePlanner.isNew(draft, NamespaceKind.PID)
                        && KernelVersion.host().compareTo(FILTERS_AFTER_TRACERS) >= 0);
        return SetIdRefusals.refused(draft, identity, opened);
    }

    /** The profile, with what it has to do for namespaces that are missing. */
    private static SeccompProfile withRefusals(Draft draft, Identity identity, SeccompProfile profile) {
        List<SeccompRule> rules = new ArrayList<>(TierRefusals.of(draft));
        rules.addAll(HostSockets.refusals(draft));
        if (!profile.isNone()) {
            rules.addAll(ForeignOwners.refusals(draft, identity));
        }
        if (rules.isEmpty()) {
            return profile;
        }
        rules.addAll(profile.rules());
        return SeccompProfile.of(
                profile.name() + " and more", profile.defaultAction(), profile.unknownAction(), rules, profile.flags());
    }

    private static int flags(SeccompProfile profile) {
        return profile.flags().stream()
                .mapToInt(flag -> switch (flag) {
                    case LOG -> FLAG_LOG;
                    case SPEC_ALLOW -> FLAG_SPEC_ALLOW;
                })
                .sum();
    }

    private static void install(Draft draft, byte[] program, int flags, int opFlags, String step) {
        draft.process(new Work.Seccomp(flags, new Bytes(program)), opFlags, step, Isolation.SECCOMP);
    }
}
