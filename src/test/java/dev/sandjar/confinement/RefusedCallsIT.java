package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What standard() refuses of ordinary calls, asked of the kernel; the control is the same program under no filter. */
@KernelTest
@NeedsHost(Feature.PYTHON)
class RefusedCallsIT {
    @TempDir
    Path directory;

    private static final String PROGRAM =
            """
            import ctypes, fcntl, os, platform, socket, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            x86 = platform.machine() == "x86_64"
            def error(result):
                return 0 if result >= 0 else ctypes.get_errno()
            def call(number, *arguments):
                return error(libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]))
            def option(kind, level, name, value, protocol=0):
                with socket.socket(*kind, protocol) as s:
                    return error(libc.setsockopt(s.fileno(), level, name, value, len(value)))
            def made(*kind):
                try:
                    socket.socket(*kind).close()
                    return 0
                except OSError as e:
                    return e.errno
            def command(descriptor, name, argument):
                try:
                    fcntl.fcntl(descriptor, name, argument)
                    return 0
                except OSError as e:
                    return e.errno
            code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xffff))
            program = struct.pack("HxxxxxxP", 1, ctypes.addressof(code))
            label = socket.inet_pton(socket.AF_INET6, "::1") + struct.pack("IBBHHHI", 0, 0, 1, 1, 0, 0, 0)
            local = (socket.AF_UNIX, socket.SOCK_DGRAM)
            udp = (socket.AF_INET, socket.SOCK_DGRAM)
            context = ctypes.c_ulong(0)
            page = libc.mmap
            page.restype = ctypes.c_void_p
            at = ctypes.c_void_p(page(None, 4096, 3, 0x22, -1, 0))
            open("xattr", "w").close()
            leased = os.open("xattr", os.O_RDONLY)
            listed = os.open(".", os.O_RDONLY)
            queue = (ctypes.c_long * 8)(0, 1, 16)  # what others hold counts for the same user: a small one
            master, slave = os.openpty()
            results = {
                "SO_ATTACH_FILTER": option(local, 1, 26, program),
                "SO_ATTACH_REUSEPORT_CBPF": option(udp, 1, 51, program),
                "UDP_ENCAP": option(udp, 17, 100, struct.pack("i", 2)),
                "TCP_ULP": option((socket.AF_INET, socket.SOCK_STREAM), 6, 31, b"tls\\0"),
                "TCP_LINGER2": option((socket.AF_INET, socket.SOCK_STREAM), 6, 8, struct.pack("i", 60)),
                "TCP_NODELAY": option((socket.AF_INET, socket.SOCK_STREAM), 6, 1, struct.pack("i", 1)),
                "SO_REUSEADDR": option(udp, 1, 2, struct.pack("i", 1)),
                "PR_SET_MEMORY_MERGE": error(libc.prctl(67, 0, 0, 0, 0)),
                "MADV_MERGEABLE": error(libc.madvise(at, 4096, 12)),
                "MADV_DONTNEED": error(libc.madvise(at, 4096, 4)),
                "F_SETLEASE": command(leased, fcntl.F_SETLEASE, fcntl.F_RDLCK),
                "F_NOTIFY": command(listed, fcntl.F_NOTIFY, fcntl.DN_CREATE),
                "F_SETPIPE_SZ": command(os.pipe()[1], 1031, 65537),
                "a smaller pipe": command(os.pipe()[1], 1031, 4096),
                "F_GETPIPE_SZ": command(os.pipe()[1], 1032, 0),
                "IPV6_FLOWLABEL_MGR": option((socket.AF_INET6, socket.SOCK_DGRAM), 41, 32, label),
                "F_GETLEASE": command(leased, fcntl.F_GETLEASE, 0),
                "TIOCSETD": call(16 if x86 else 29, slave, 0x5423, ctypes.byref(ctypes.c_int(0))),
                "TIOCGETD": call(16 if x86 else 29, slave, 0x5424, ctypes.byref(ctypes.c_int(0))),
                "io_setup": call(206 if x86 else 0, 1, ctypes.byref(context)),
                "memfd_secret": call(447, 0),
                "pkey_alloc": call(330 if x86 else 289, 0, 0),
                "remap_file_pages": call(216 if x86 else 234, 0, 0, 0, 0, 0),
                "vmsplice": call(278 if x86 else 75, os.pipe()[1], 0, 0, 0),
                "mq_open": call(240 if x86 else 180, b"sandjar-%d" % os.getpid(), os.O_RDWR | os.O_CREAT, 0o600, ctypes.byref(queue)),
                "MFD_HUGETLB": call(319 if x86 else 279, b"h", 4),
                "setxattr": error(libc.setxattr(b"xattr", b"user.a", b"1", 1, 0)),
                "getxattr": error(libc.getxattr(b"xattr", b"user.b", None, 0)),
                "SCTP": made(socket.AF_INET, socket.SOCK_STREAM, 132),
                "MPTCP": made(socket.AF_INET, socket.SOCK_STREAM, 262),
                "TCP": made(socket.AF_INET, socket.SOCK_STREAM, 6),
                "UDP": made(socket.AF_INET6, socket.SOCK_DGRAM, 17),
            }
            libc.syscall(ctypes.c_long(241 if x86 else 181), b"sandjar-%d" % os.getpid())
            for name, value in results.items():
                print(name, value)
            """;

    private Map<String, Integer> outcome(SandboxBuilder builder) throws Exception {
        Map<String, Integer> errors = new TreeMap<>();
        Guest.python(builder.build(), PROGRAM).lines().forEach(line -> {
            int last = line.lastIndexOf(' ');
            errors.put(line.substring(0, last), Integer.valueOf(line.substring(last + 1)));
        });
        return errors;
    }

    private SandboxBuilder here() {
        return Sandbox.builder().workingDirectory(directory.toString());
    }

    private static final Map<String, Integer> REFUSED = Map.ofEntries(
            Map.entry("SO_ATTACH_FILTER", 92),
            Map.entry("SO_ATTACH_REUSEPORT_CBPF", 92),
            Map.entry("UDP_ENCAP", 92),
            Map.entry("TCP_ULP", 92),
            Map.entry("TCP_LINGER2", 92),
            Map.entry("PR_SET_MEMORY_MERGE", 22),
            Map.entry("MADV_MERGEABLE", 22),
            Map.entry("F_SETLEASE", 22),
            Map.entry("F_NOTIFY", 22),
            Map.entry("F_SETPIPE_SZ", 1),
            Map.entry("IPV6_FLOWLABEL_MGR", 92),
            Map.entry("TIOCSETD", 1),
            Map.entry("io_setup", 38),
            Map.entry("memfd_secret", 38),
            Map.entry("pkey_alloc", 38),
            Map.entry("remap_file_pages", 38),
            Map.entry("vmsplice", 38),
            Map.entry("mq_open", 38),
            Map.entry("MFD_HUGETLB", 22),
            Map.entry("setxattr", 95),
            Map.entry("SCTP", 93),
            Map.entry("MPTCP", 93));

    @Test
    void standardRefusesThemAndNothingBeside() throws Exception {
        Map<String, Integer> refused = outcome(here().seccomp(SeccompProfile.standard()));
        Map<String, Integer> control = outcome(here());
        REFUSED.forEach((name, error) -> assertEquals(error, refused.get(name), name));
        for (String name : new String[] {
            "SO_REUSEADDR",
            "TCP_NODELAY",
            "MADV_DONTNEED",
            "TIOCGETD",
            "F_GETLEASE",
            "F_GETPIPE_SZ",
            "a smaller pipe",
            "TCP",
            "UDP"
        }) {
            assertEquals(0, refused.get(name), name);
        }
        assertEquals(control.get("getxattr"), refused.get("getxattr"));
        // Of these every kernel has something to say; others may be left out of it.
        for (String name : new String[] {"SO_ATTACH_FILTER", "UDP_ENCAP", "TCP_ULP", "TIOCSETD", "vmsplice"}) {
            assertNotEquals(refused.get(name), control.get(name), "the control of " + name);
        }
        for (String name : new String[] {
            "SO_ATTACH_FILTER", "TCP_LINGER2", "F_SETLEASE", "F_NOTIFY", "F_SETPIPE_SZ", "IPV6_FLOWLABEL_MGR"
        }) {
            assertEquals(0, control.get(name), "the control of " + name);
        }
    }

    @Test
    void intentsOpenNoneOfThem() throws Exception {
        Map<String, Integer> refused = outcome(here().seccomp(SeccompProfile.standard().toBuilder()
                .allowSockets(1, 2, 10)
                .allowProcesses()
                .build()));
        REFUSED.forEach((name, error) -> assertEquals(error, refused.get(name), name));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.MQUEUE})
    void aFileSystemOfQueuesBringsTheirCallsBack() throws Exception {
        Map<String, Integer> with = outcome(Sandbox.untrusted().mounts(m -> m.mqueue("/dev/mqueue")));
        assertEquals(0, with.get("mq_open"));
        assertEquals(38, with.get("io_setup"));
        assertEquals(38, outcome(Sandbox.untrusted()).get("mq_open"));
    }
}
