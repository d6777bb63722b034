package dev.sandjar.internal.engine;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.verify.Hermeticity;
import dev.sandjar.verify.Hermeticity.Finding;
import dev.sandjar.verify.Hermeticity.Perturbation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Runs a command in a sandbox that differs in one thing from another. */
final class Perturber {
    private static final long OTHER_ID = 4321;
    private static final int OTHER_PID = 5000;
    private static final Duration OTHER_CLOCK = Duration.ofDays(1234).plusHours(5);
    /** Without zone files of the host, as POSIX writes it. */
    private static final String OTHER_ZONE = "XYZ-05:45";

    private final Sandbox sandbox;
    private final Command command;
    private final Map<Path, String> leftOut = new LinkedHashMap<>();

    private Perturber(Sandbox sandbox, Command command) {
        this.sandbox = sandbox;
        this.command = command;
    }

    /** There is nothing to be changed, or this host can't change it. */
    static final class NotTriedException extends Exception {
        NotTriedException(String reason) {
            super(reason);
        }
    }

    static Hermeticity check(Sandbox sandbox, Command command) throws IOException, InterruptedException {
        Perturber perturber = new Perturber(sandbox, command);
        List<Finding> findings = new ArrayList<>();
        Map<Perturbation, String> skipped = new LinkedHashMap<>();
        Set<String> unstable = new HashSet<>();
        Outcome reference = Outcome.of(sandbox.run(command));
        for (Perturbation perturbation : Perturbation.values()) {
            List<Finding> found;
            try {
                found = perturber.compare(perturbation, reference);
            } catch (NotTriedException e) {
                skipped.put(perturbation, String.valueOf(e.getMessage()));
                continue;
            }
            found.stream()
                    .filter(finding -> !unstable.contains(finding.subject()))
                    .forEach(findings::add);
            if (perturbation == Perturbation.NOTHING || perturbation == Perturbation.LATER) {
                found.forEach(finding -> unstable.add(finding.subject()));
            }
        }
        return new Hermeticity(findings, skipped, perturber.leftOut);
    }

    private List<Finding> compare(Perturbation perturbation, Outcome reference)
            throws IOException, InterruptedException, NotTriedException {
        if (perturbation == Perturbation.DIRECTORY_ORDER) {
            return directoryOrder();
        }
        if (perturbation == Perturbation.LATER) {
            waitForAnotherSecond();
        }
        return reference.differences(perturbation, run(builder(perturbation)));
    }

    private Outcome run(SandboxBuilder builder) throws IOException, InterruptedException, NotTriedException {
        try {
            return Outcome.of(builder.build().run(command));
        } catch (UnsupportedIsolationException e) {
            throw new NotTriedException(e.reason());
        }
    }

    /** The passing of time is what is tried. */
    private static void waitForAnotherSecond() throws InterruptedException {
        long second = Instant.now().getEpochSecond();
        while (Instant.now().getEpochSecond() == second) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private SandboxBuilder builder(Perturbation perturbation) throws NotTriedException {
        SandboxBuilder builder = sandbox.toBuilder();
        return switch (perturbation) {
            case HOST_NAME -> {
                needs(NamespaceKind.UTS);
                yield builder.namespaces(n -> n.hostname("perturbed").domainname("perturbed.example"));
            }
            case USER -> {
                needs(NamespaceKind.USER);
                yield builder.user(OTHER_ID, OTHER_ID);
            }
            case PROCESS_IDS -> {
                needs(NamespaceKind.PID);
                yield builder.namespaces(n -> n.lastPid(OTHER_PID));
            }
            case CLOCK -> {
                needs(NamespaceKind.TIME);
                yield builder.namespaces(n -> n.clockStart(OTHER_CLOCK));
            }
            case PROCESSORS -> {
                int count = otherProcessors();
                yield builder.process(p -> p.processors(count));
            }
            case LOCALE -> builder.env("LANG", "C").env("LC_ALL", "C");
            case TIME_ZONE -> builder.env("TZ", OTHER_ZONE);
            case ENVIRONMENT -> GroundAccess.get().reverseEnv(builder.env("PERTURBED", "1"));
            case ADDRESSES -> builder.process(p -> p.personality(0));
            default -> builder;
        };
    }

    private void needs(NamespaceKind kind) throws NotTriedException {
        if (!sandbox.namespaces().isNew(kind)) {
            throw new NotTriedException("the sandbox has the host's");
        }
    }

    private int otherProcessors() throws NotTriedException {
        int all = Runtime.getRuntime().availableProcessors();
        int now = sandbox.process().processors().orElse(0);
        if (all < 2) {
            throw new NotTriedException("this JVM has one processor");
        }
        return now == 1 ? 2 : 1;
    }

    /** Two copies of the same directories, filled in opposite orders, on a file system that lists by the order of filling. */
    private List<Finding> directoryOrder() throws IOException, InterruptedException, NotTriedException {
        List<Path> sources = new ArrayList<>();
        for (MountEntry entry : sandbox.mounts().entries()) {
            if (entry instanceof MountEntry.Bind bind && bind.readOnly()) {
                sources.add(bind.source());
            }
        }
        if (sandbox.rootfs() instanceof RootFs.Overlay overlay) {
            sources.addAll(overlay.lower());
        }
        try (OrderedCopies forth = OrderedCopies.of(sources, false);
                OrderedCopies back = OrderedCopies.of(sources, true)) {
            Map<Path, Path> copies = new LinkedHashMap<>(forth.copies());
            leftOut.putAll(UncopiedInputs.of(sandbox));
            leftOut.putAll(forth.leftOut());
            Map<Path, String> unreachable = unreachable(copies);
            leftOut.putAll(unreachable);
            copies.keySet().removeAll(unreachable.keySet());
            if (copies.isEmpty()) {
                throw new NotTriedException("there is no directory among the inputs that can be copied");
            }
            Outcome first = run(GroundAccess.get().replaceSources(sandbox.toBuilder(), copies));
            Map<Path, Path> others = new LinkedHashMap<>(back.copies());
            others.keySet().retainAll(copies.keySet());
            Outcome second = run(GroundAccess.get().replaceSources(sandbox.toBuilder(), others));
            return first.differences(Perturbation.DIRECTORY_ORDER, second);
        }
    }

    /** What is shown for reading where it lies, and can't be so in a file system that everybody uses: a program that fails twice is equal. */
    private Map<Path, String> unreachable(Map<Path, Path> copies) throws IOException {
        Map<Path, String> all = new LinkedHashMap<>();
        List<AppliedPolicy.Entry> entries = GroundAccess.get()
                .replaceSources(sandbox.toBuilder(), copies)
                .build()
                .explain()
                .entries();
        copies.forEach(
                (source, copy) -> entries.stream()
                        .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.UNREACHABLE
                                && (entry.request() + " ").contains(" " + copy + " "))
                        .findFirst()
                        .ifPresent(
                                entry -> all.put(
                                        source,
                                        "the program could not read a copy of it, for it is private: give others the right to search and read it")));
        return all;
    }
}
