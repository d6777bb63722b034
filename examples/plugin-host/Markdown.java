/** A small contract in front of a large library. */
public interface Markdown {
    String toHtml(String markdown);
}
