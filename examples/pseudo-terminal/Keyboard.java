import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import sun.misc.Signal;

/** Connects the terminal of this program with that of a sandbox. */
final class Keyboard {
    private Keyboard() {}

    static void session(Sandbox sandbox, Command command) throws IOException, InterruptedException {
        String saved = stty("-g");
        int[] size = size();
        try (SandboxProcess shell = sandbox.start(command.pty(size[0], size[1]))) {
            Signal.handle(new Signal("WINCH"), signal -> {
                int[] now = size();
                shell.resize(now[0], now[1]);
            });
            // Each key goes to the sandbox as it is, also those for signals.
            stty("raw", "-echo");
            Thread keys = new Thread(() -> copy(System.in, shell.getOutputStream()), "keys");
            keys.setDaemon(true);
            keys.start();
            copy(shell.getInputStream(), System.out);
        } finally {
            stty(saved);
        }
    }

    private static void copy(InputStream from, OutputStream to) {
        byte[] bytes = new byte[4096];
        try {
            for (int n = from.read(bytes); n > 0; n = from.read(bytes)) {
                to.write(bytes, 0, n);
                to.flush();
            }
        } catch (IOException e) {
            // The shell has ended.
        }
    }

    private static int[] size() {
        try {
            String[] rowsAndColumns = stty("size").split(" ");
            return new int[] {
                Math.max(1, Integer.parseInt(rowsAndColumns[0])), Math.max(1, Integer.parseInt(rowsAndColumns[1]))
            };
        } catch (IOException | InterruptedException e) {
            return new int[] {24, 80};
        }
    }

    private static String stty(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("stty").redirectInput(ProcessBuilder.Redirect.INHERIT);
        builder.command().addAll(List.of(arguments));
        Process stty = builder.start();
        String output = new String(stty.getInputStream().readAllBytes()).trim();
        if (stty.waitFor() != 0) {
            throw new IOException("the standard input is no terminal: "
                    + new String(stty.getErrorStream().readAllBytes()).trim());
        }
        return output;
    }
}
