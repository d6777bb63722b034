import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keeps everything, starts processes without end, or neither ends nor listens. */
public final class LeakyPlugin implements TextPlugin {
    private static final List<byte[]> KEPT = new ArrayList<>();

    @Override
    public Report examine(String text) {
        switch (text) {
            case "leak" -> {
                for (; ; ) {
                    KEPT.add(new byte[1 << 20]);
                }
            }
            case "fork" -> {
                int started = 0;
                try {
                    for (; ; ) {
                        new ProcessBuilder("sleep", "1000").start();
                        started++;
                    }
                } catch (IOException | OutOfMemoryError e) {
                    return new Report("leaky", Map.of("processes", started), List.of(String.valueOf(e.getMessage())));
                }
            }
            case "hang" -> {
                for (; ; ) {
                    Thread.interrupted();
                }
            }
            default -> throw new IllegalArgumentException(text);
        }
    }
}
