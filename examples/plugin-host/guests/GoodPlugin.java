import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Does what it says. */
public final class GoodPlugin implements TextPlugin {
    @Override
    public Report examine(String text) throws Unreadable {
        if (text.isBlank()) {
            throw new Unreadable("there is nothing to read");
        }
        Map<String, Integer> words = new TreeMap<>();
        for (String word : text.toLowerCase().split("\\W+")) {
            words.merge(word, 1, Integer::sum);
        }
        return new Report("good", words, List.of());
    }
}
