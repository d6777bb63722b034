package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.Verdict;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.Reopened;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.launcher.ProgramInMemory;
import dev.sandjar.internal.verify.AllowedHost;
import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.internal.verify.Canaries;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Exposure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Attacks a sandbox from inside with what this jar carries for that, and grades what comes of it. */
public final class Verifier {
    private static final String PROGRAM = "sandjar-probe";
    /** The first descriptor that a command names. */
    private static final String PATH_INSIDE = "/proc/self/fd/3";

    /** What a watch on all processes answers by ending them. */
    private static final String MANY = "many-processes";

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");

    private final Sandbox sandbox;

    Verifier(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    Attestation verify() throws IOException, InterruptedException {
        try (ProgramInMemory program = ProgramInMemory.open(PROGRAM);
                Canaries canaries = Canaries.open(program.path())) {
            List<String> words = new ArrayList<>(List.of(PATH_INSIDE));
            words.addAll(canaries.arguments());
            AllowedHost.argument(sandbox.namespaces().network()).ifPresent(words::add);
            Command command = Command.of(words).arg0(PROGRAM).descriptor("probe", Descriptor.readFrom(program.path()));
            RunResult result;
            try {
                result = sandbox.run(command);
            } catch (SandboxException e) {
                if (!e.systemCall().orElse("").equals("execve")) {
                    throw e;
                }
                return attestation(
                        "",
                        "the probe can't be executed inside: " + e.getMessage(),
                        sandbox.explain().tier());
            }
            String said = result.stdout();
            if (result.report().verdict() == Verdict.PROCESS_LIMIT_EXCEEDED) {
                result = sandbox.run(Command.of(rest(words, said))
                        .arg0(PROGRAM)
                        .descriptor("probe", Descriptor.readFrom(program.path())));
                said = Attacks.without(said, MANY)
                        + Attacks.line(
                                MANY, Attestation.Grade.CONTAINED, "it was ended: " + Verdict.PROCESS_LIMIT_EXCEEDED)
                        + result.stdout();
            }
            return attestation(
                    said,
                    "the probe ended before: " + result.report().ending(),
                    result.report().tier());
        }
    }

    /** The attacks that have not been made, but for the one that has had the sandbox ended. */
    private static List<String> rest(List<String> words, String said) {
        List<String> all = new ArrayList<>(words);
        Attacks.all().stream()
                .map(Attacks.Attack::name)
                .filter(name -> !name.equals(MANY) && !Attacks.tells(said, name))
                .forEach(all::add);
        all.add("facts");
        return all;
    }

    private Attestation attestation(String output, String otherwise, Tier tier) {
        return new Attestation(Attacks.results(output, otherwise), exposure(output), tier);
    }

    private Exposure exposure(String output) {
        List<String> capabilities = sandbox.process().capabilities().any().stream()
                .map(c -> "CAP_" + c.name())
                .toList();
        return new Exposure(
                callsPassing(sandbox),
                callsKnown(),
                capabilities,
                number(output, "writable-kernel-files"),
                number(output, "processes"),
                lessTheProbes(number(output, "descriptors")),
                Attacks.facts(output, "interface"));
    }

    public static int callsPassing(Sandbox sandbox) {
        SeccompProfile filter = sandbox.confinement().seccomp();
        if (filter.isNone()) {
            return callsKnown();
        }
        boolean queues = sandbox.mounts().entries().stream().anyMatch(MountEntry::isQueues);
        boolean alone = sandbox.namespaces().isNew(NamespaceKind.PID);
        boolean hugePages = !sandbox.limits().hugetlb().isEmpty();
        return FilterCompiler.passing(
                        Reopened.in(filter, queues, hugePages, alone),
                        Machine.host(),
                        FilterCompiler.numbers(sandbox.process().capabilities().any()),
                        KernelVersion.host())
                .size();
    }

    public static int callsKnown() {
        return SyscallTable.of(Machine.host()).names().size();
    }

    /** The probe itself came in by one. */
    private static OptionalInt lessTheProbes(OptionalInt descriptors) {
        return descriptors.isPresent() && descriptors.getAsInt() > 0
                ? OptionalInt.of(descriptors.getAsInt() - 1)
                : OptionalInt.empty();
    }

    /** What a hostile program has written may be anything; what is no count is unknown. */
    private static OptionalInt number(String output, String fact) {
        List<String> values = Attacks.facts(output, fact);
        return values.isEmpty() || !COUNT.matcher(values.get(0)).matches()
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(values.get(0)));
    }
}
