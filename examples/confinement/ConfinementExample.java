import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.seccomp.LearnedProfile;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.verify.Attestation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** System calls refused, learned, and decided by the host; and a sandbox that is attacked from inside. */
public class ConfinementExample {
    private static final String MKDIR = "mkdir /tmp/a && echo made || echo refused";

    public static void main(String[] args) throws Exception {
        refused();
        learned();
        decided();
        attacked();
    }

    /** A profile of one's own on top of the standard one, and a report of what it refused. */
    private static void refused() throws Exception {
        SeccompProfile profile = SeccompProfile.standard().toBuilder()
                .rule(SeccompAction.errno("EDQUOT"), "mkdir")
                .rule(SeccompAction.errno("EDQUOT"), "mkdirat")
                .rule(
                        SeccompAction.errno("EPERM"),
                        "kill",
                        SyscallArgument.at(1).notEqualTo(0))
                .build();
        Sandbox sandbox = Sandbox.untrusted()
                .seccomp(profile)
                .confinement(c -> c.recordDenials(true))
                .build();
        RunResult result = sandbox.run("sh", "-c", MKDIR + "; kill -0 $$ && echo alive");
        System.out.println(
                "refused:  " + words(result) + "; denials " + result.report().denials());
        check(words(result).equals("refused alive")
                && result.report().denials().toString().contains("EDQUOT"));
    }

    /** The least profile that a program needs, from one run of it; something else does not run under it. */
    private static void learned() throws Exception {
        Sandbox plain = Sandbox.builder().env("PATH", "/usr/bin:/bin").build();
        LearnedProfile learned = plain.learn(Command.of("sh", "-c", "echo b a | tr ' ' '\\n' | sort"));
        Sandbox held = plain.toBuilder()
                .seccomp(SeccompProfile.fromJson(learned.toJson()))
                .build();
        String again = words(held.run("sh", "-c", "echo b a | tr ' ' '\\n' | sort"));
        int other = held.run("sh", "-c", "mkdir /tmp/sandjar-example | cat; test -d /tmp/sandjar-example")
                .exitValue();
        System.out.println("learned:  " + learned.syscalls().size() + " system calls, again \"" + again
                + "\", something else ends with " + other);
        check(again.equals("a b") && other != 0);
    }

    /** A sandbox without a network reaches the one address that a handler lets it, over a connection that the host makes. */
    private static void decided() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> serve(server));
            serving.start();
            InetSocketAddress asked = new InetSocketAddress("192.0.2.1", 80);
            InetSocketAddress given = new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
            Sandbox sandbox = Sandbox.untrusted()
                    .confinement(c -> c.onSyscall(
                            "connect",
                            call -> call.socketAddress(call.argument(1), call.argument(2))
                                            .filter(asked::equals)
                                            .isPresent()
                                    ? SyscallResponse.connect(given, call.argument(0))
                                    : SyscallResponse.errno("EACCES")))
                    .build();
            String program = "import socket\n"
                    + "print(socket.create_connection(('192.0.2.1', 80)).recv(99).decode())\n"
                    + "try: socket.create_connection(('192.0.2.2', 80))\n"
                    + "except PermissionError: print('refused')\n";
            RunResult result = sandbox.run("python3", "-I", "-c", program);
            System.out.println("decided:  " + words(result) + result.stderr());
            check(words(result).equals("hello refused"));
            serving.join();
        }
    }

    private static void serve(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void attacked() throws Exception {
        Attestation closed = Sandbox.untrusted().build().verify();
        Attestation open = Sandbox.builder().build().verify();
        System.out.println("attacked: untrusted() exposes "
                + closed.results(Attestation.Grade.EXPOSED).size() + " of "
                + closed.results().size() + ", builder() alone "
                + open.results(Attestation.Grade.EXPOSED).size());
        check(closed.isContained() && !open.isContained());
    }

    private static String words(RunResult result) {
        return String.join(" ", Arrays.asList(result.stdout().strip().split("\\s+")));
    }

    private static void check(boolean right) {
        if (!right) {
            System.err.println("that is not what should have happened");
            System.exit(1);
        }
    }
}
