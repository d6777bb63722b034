import java.util.List;
import java.util.Locale;

/** Bars for the medians, with a line to the 90th percentile. */
final class Plot {
    private static final int ROW = 36;
    private static final int LEFT = 170;
    private static final int WIDTH = 420;

    private Plot() {}

    static String svg(List<Measured> measured) {
        double most = measured.stream().mapToDouble(m -> m.quantile(0.9)).max().orElse(1);
        int height = measured.size() * ROW + 34;
        StringBuilder svg = new StringBuilder(format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n",
                LEFT + WIDTH + 90, height));
        svg.append(format("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n"));
        svg.append(format("<text x=\"8\" y=\"18\">Start to exit, ms: median (bar), 90th percentile (line)</text>%n"));
        for (int i = 0; i < measured.size(); i++) {
            Measured m = measured.get(i);
            int y = 30 + i * ROW;
            double bar = m.median() / most * WIDTH;
            double line = m.quantile(0.9) / most * WIDTH;
            String colour = m.name().startsWith("Sandbox") || m.name().startsWith("...") ? "#2a7f62" : "#8a8f98";
            svg.append(format("<text x=\"8\" y=\"%d\">%s</text>%n", y + 17, m.name()));
            svg.append(format(
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"24\" fill=\"%s\"/>%n", LEFT, y, bar, colour));
            svg.append(format(
                    "<path d=\"M%.1f %d H%.1f\" stroke=\"#333\" stroke-width=\"2\"/>%n",
                    LEFT + bar, y + 12, LEFT + line));
            svg.append(format("<text x=\"%.1f\" y=\"%d\">%.2f</text>%n", LEFT + line + 8, y + 17, m.median()));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
