import java.util.List;
import java.util.Map;

/** What the host wants of a plugin for texts. */
public interface TextPlugin {
    record Report(String name, Map<String, Integer> words, List<String> remarks) {}

    Report examine(String text) throws Unreadable;

    /** The one failure that the host is prepared for. */
    class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        public Unreadable(String message) {
            super(message);
        }
    }
}
