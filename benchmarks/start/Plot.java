import java.util.List;
import java.util.Locale;

/** Pictures of the results. */
final class Plot {
    private static final int ROW = 34;
    private static final int LEFT = 260;
    private static final int WIDTH = 400;
    private static final int HEIGHT = 180;

    private Plot() {}

    /** Bars for the medians, with a line to the 99th percentile; what is longer than the widest median ends in an arrow. */
    static String bars(List<Measured> measured) {
        double most = measured.stream().mapToDouble(Measured::median).max().orElse(1);
        int height = measured.size() * ROW + 34;
        StringBuilder svg =
                begin(LEFT + WIDTH + 90, height, "Start to exit, ms: median (bar), to the 99th percentile (line)");
        for (int i = 0; i < measured.size(); i++) {
            Measured m = measured.get(i);
            int y = 30 + i * ROW;
            double bar = m.median() / most * WIDTH;
            double line = Math.min(m.quantile(0.99) / most, 1.04) * WIDTH;
            boolean ours = m.name().contains("untrusted") || m.name().startsWith("Sandbox");
            svg.append(format("<text x=\"8\" y=\"%d\">%s</text>%n", y + 17, m.name()));
            svg.append(format(
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"22\" fill=\"%s\"/>%n",
                    LEFT, y, bar, ours ? "#2a7f62" : "#8a8f98"));
            svg.append(format(
                    "<path d=\"M%.1f %d H%.1f\" stroke=\"#333\" stroke-width=\"2\"/>%n",
                    LEFT + bar, y + 11, LEFT + line));
            svg.append(format(
                    "<text x=\"%.1f\" y=\"%d\">%.2f</text>%n", LEFT + Math.max(bar, line) + 8, y + 16, m.median()));
        }
        return svg.append("</svg>\n").toString();
    }

    /** What a start costs over the number of sandboxes that live. */
    static String curve(List<Crowd> crowds) {
        double most = crowds.stream().mapToDouble(Crowd::aheadMillis).max().orElse(1) * 1.2;
        double widest = Math.log(crowds.get(crowds.size() - 1).alive());
        StringBuilder svg = begin(560, HEIGHT + 70, "Median of a start, ms, by sandboxes alive");
        StringBuilder line = new StringBuilder();
        for (Crowd crowd : crowds) {
            double x = 50 + (widest == 0 ? 0 : Math.log(crowd.alive()) / widest * 460);
            double y = 30 + HEIGHT - crowd.aheadMillis() / most * HEIGHT;
            line.append(format("%s%.1f %.1f ", line.isEmpty() ? "M" : "L", x, y));
            svg.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#2a7f62\"/>%n", x, y));
            svg.append(format(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.2f</text>%n", x, y - 8, crowd.aheadMillis()));
            svg.append(format(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x, HEIGHT + 52, crowd.alive()));
        }
        svg.append(format(
                "<path d=\"%s\" fill=\"none\" stroke=\"#2a7f62\" stroke-width=\"2\"/>%n",
                line.toString().strip()));
        svg.append(format("<path d=\"M40 %d H520\" stroke=\"#333\"/>%n", HEIGHT + 30));
        return svg.append("</svg>\n").toString();
    }

    private static StringBuilder begin(int width, int height, String title) {
        return new StringBuilder(format(
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n",
                        width, height))
                .append(format(
                        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n<text x=\"8\" y=\"18\">%s</text>%n",
                        title));
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
