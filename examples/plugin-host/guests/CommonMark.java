import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** The adapter: all that had to be written to run the library elsewhere. */
public final class CommonMark implements Markdown {
    private final Parser parser = Parser.builder().build();
    private final HtmlRenderer renderer = HtmlRenderer.builder().build();

    @Override
    public String toHtml(String markdown) {
        return renderer.render(parser.parse(markdown));
    }
}
