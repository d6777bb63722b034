import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Looks for keys and for somebody to send them to, and says how far it came. The text is "HOME PORT FILE". */
public final class ThiefPlugin implements TextPlugin {
    private interface Attempt {
        String make() throws IOException;
    }

    @Override
    public Report examine(String text) {
        String[] words = text.split(" ");
        List<String> remarks = new ArrayList<>();
        remarks.add(attempt("list ~/.ssh", () -> {
            try (Stream<Path> files = Files.list(Path.of(words[0], ".ssh"))) {
                return files.count() + " files";
            }
        }));
        remarks.add(attempt("read a file of the user", () -> Files.readString(Path.of(words[2]))));
        remarks.add(attempt("connect to a service", () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[1])), 1000);
                return "connected";
            }
        }));
        remarks.add(attempt("read the environment", () -> {
            String secret = System.getenv("EXAMPLE_SECRET");
            if (secret == null) {
                throw new IOException("not there");
            }
            return secret;
        }));
        remarks.add(attempt("signal a process of the host", () -> {
            Process process = new ProcessBuilder("sh", "-c", "kill -0 " + words[3]).start();
            try {
                if (process.waitFor() != 0) {
                    throw new IOException("no such process");
                }
                return "may kill the host";
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }));
        return new Report("thief", Map.of(), remarks);
    }

    private static String attempt(String what, Attempt attempt) {
        try {
            return what + "|yes|" + attempt.make();
        } catch (IOException | RuntimeException e) {
            return what + "|no|" + e.getClass().getSimpleName();
        }
    }
}
