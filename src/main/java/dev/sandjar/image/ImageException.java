package dev.sandjar.image;

import dev.sandjar.internal.util.Printable;
import java.io.IOException;

/**
 * An image, archive or registry is not as it has to be: malformed, of a wrong digest, beyond a limit, not there. The message says what
 * of it, what is wrong, and what helps. Nothing of the image is kept then.
 */
public class ImageException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What it is about. */
    private final String subject;
    /** What is wrong. */
    private final String problem;

    /**
     * Makes one; users of Sandjar only catch them.
     *
     * @param subject what it is about, such as "layer sha256:... entry etc/passwd"
     * @param problem what is wrong
     * @param remedy what helps; may be empty
     */
    public ImageException(String subject, String problem, String remedy) {
        super(Printable.line(subject) + ": " + Printable.line(problem)
                + (remedy.isEmpty() ? "" : "; remedy: " + Printable.line(remedy)));
        this.subject = subject;
        this.problem = problem;
    }

    /**
     * What it is about.
     *
     * @return words, with names from the image as they are there
     */
    public String subject() {
        return subject;
    }

    /**
     * What is wrong.
     *
     * @return words
     */
    public String problem() {
        return problem;
    }
}
