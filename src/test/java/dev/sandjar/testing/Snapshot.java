package dev.sandjar.testing;

import dev.sandjar.internal.start.Launcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What this JVM and its launcher hold at one moment. */
record Snapshot(
        long launcher,
        Set<String> processes,
        Set<String> descriptors,
        Set<String> launcherDescriptors,
        Set<String> threads,
        Set<String> mounts,
        Set<String> cgroups,
        Set<String> files) {
    private static final Pattern SCRATCH = Pattern.compile("sandjar-scratch-([0-9]{1,9})-");

    static Snapshot take() {
        try {
            Launcher.get().trim(); // templates stay for a while on purpose
            long launcher = Launcher.get().pid();
            return new Snapshot(
                    launcher,
                    processes(launcher),
                    descriptors(ProcessHandle.current().pid()),
                    descriptors(launcher),
                    activeThreads(),
                    mountTable(),
                    CgroupTrees.leaves(ProcessHandle.current().pid()),
                    temporaryFiles());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is here and was not there. */
    List<String> beyond(Snapshot before) {
        List<String> leaks = new ArrayList<>();
        add(leaks, "process", processes, before.processes);
        // A class that lost the launcher on purpose has a new one, which begins with its own four, and another socket
        // to it.
        boolean same = launcher == before.launcher;
        add(
                leaks,
                "descriptor of the JVM",
                same || sockets(descriptors) > sockets(before.descriptors) ? descriptors : others(descriptors),
                before.descriptors);
        if (same) {
            add(leaks, "descriptor of the launcher", launcherDescriptors, before.launcherDescriptors);
        }
        add(leaks, "thread", threads, before.threads);
        add(leaks, "mount", mounts, before.mounts);
        add(leaks, "cgroup", cgroups, before.cgroups);
        add(leaks, "temporary file", files, before.files);
        return leaks;
    }

    private static long sockets(Set<String> descriptors) {
        return descriptors.size() - others(descriptors).size();
    }

    private static Set<String> others(Set<String> descriptors) {
        return descriptors.stream().filter(d -> !d.contains("socket:")).collect(Collectors.toSet());
    }

    private static void add(List<String> leaks, String what, Set<String> now, Set<String> before) {
        now.stream().filter(x -> !before.contains(x)).forEach(x -> leaks.add("  " + what + " " + x));
    }

    /** Orphans of a sandbox come to the launcher, which is a sub-reaper, so that none is missed. */
    private static Set<String> processes(long launcher) {
        return ProcessHandle.current()
                .descendants()
                .filter(p -> p.pid() != launcher)
                .map(p -> p.pid() + " " + p.info().command().orElse("?") + " started "
                        + p.info().startInstant().orElse(null))
                .collect(Collectors.toSet());
    }

    private static Set<String> descriptors(long pid) throws IOException {
        Set<String> found = new TreeSet<>();
        int locks = 0;
        int tables = 0;
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path fd : fds) {
                String target;
                try {
                    target = Files.readSymbolicLink(fd).toString();
                } catch (IOException e) {
                    continue; // closed since
                }
                // The class loader opens jars when it likes; the directory is the one being read here.
                if (!target.endsWith(".jar") && !target.equals("/proc/" + pid + "/fd")) {
                    // Sandjar.shutdown() closes it, and the next start may open it under another number.
                    boolean lock = target.endsWith("/ids.lock");
                    // Each launcher has one of its own, which is closed with it.
                    boolean table = target.equals("/proc/" + pid + "/mountinfo");
                    String number = fd.getFileName().toString();
                    found.add((lock ? "lock " + locks++ : table ? "table " + tables++ : number) + " -> " + target);
                }
            }
        } catch (NoSuchFileException e) {
            return Set.of(); // a launcher that has ended since for want of work
        }
        return found;
    }

    /** Without idle threads of pools, which end by themselves. */
    private static Set<String> activeThreads() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(e -> !isIdle(e))
                .map(e -> e.getKey().getName() + " " + Arrays.toString(e.getValue()))
                .filter(name -> !name.startsWith("ForkJoinPool.commonPool")
                        && !name.startsWith("JNA Cleaner")
                        // Lives as long as an object with something to give back is not collected: which class began it
                        // says
                        // nothing of leaks. What it gives back, descriptors and files, is compared itself.
                        && !name.startsWith("sandjar-cleaner")
                        && !name.startsWith("JFR "))
                .map(name -> name.substring(0, name.indexOf(" [")))
                .collect(Collectors.toSet());
    }

    private static boolean isIdle(Map.Entry<Thread, StackTraceElement[]> thread) {
        return thread.getValue().length == 0
                // What the JDK's virtual threads are carried by, from the first of them on.
                || thread.getKey().getName().startsWith("VirtualThread-")
                || thread.getKey().getName().startsWith("ForkJoinPool-1-")
                || Stream.of(thread.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("getTask"));
    }

    /** In a directory that others use too, only what could be ours. */
    private static Set<String> temporaryFiles() throws IOException {
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        boolean shared = directory.equals(Path.of("/tmp"));
        Set<String> found = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                // The flight recorder keeps a directory, named after time and process, while the JVM lives.
                boolean recorder = name.matches("[0-9]+(_[0-9]+){6}");
                boolean otherRun = name.startsWith("sandjar-run-as."); // beside this one, of another identity say
                if (!recorder
                        && !otherRun
                        && !name.startsWith("hsperfdata_")
                        && (!shared || name.startsWith("sandjar-") && isOurs(entry) && !isOfAnotherRun(name))) {
                    found.add(entry.toString());
                }
            }
        }
        return found;
    }

    /** Named after a process that lives, and that nobody here has started. */
    private static boolean isOfAnotherRun(String name) {
        Matcher scratch = SCRATCH.matcher(name);
        if (!scratch.lookingAt()) {
            return false;
        }
        ProcessHandle self = ProcessHandle.current();
        long pid = Long.parseLong(scratch.group(1));
        return pid != self.pid()
                && ProcessHandle.of(pid).isPresent()
                && self.descendants().noneMatch(process -> process.pid() == pid);
    }

    private static boolean isOurs(Path entry) throws IOException {
        try {
            return Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                    .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (NoSuchFileException e) {
            return false; // it is gone since
        }
    }

    /** Without those that the kernel makes by itself when somebody walks by, and takes away later. */
    private static Set<String> mountTable() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> !line.contains(" /sys/kernel/debug/tracing "))
                    .collect(Collectors.toUnmodifiableSet());
        }
    }
}
