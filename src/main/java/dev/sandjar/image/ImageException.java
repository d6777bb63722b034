package dev.sandjar.image;

import dev.sandjar.internal.util.Printable;
import java.io.IOException;

/**
 * Thrown when an image, archive or registry is not as it has to be: malformed, of a wrong digest, beyond a limit, or not there. The
 * message says what it is about, what is wrong, and what helps. No image is kept of a load, import or pull that fails.
 */
public class ImageException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What it is about. */
    private final String subject;
    /** What is wrong. */
    private final String problem;

    /**
     * Makes an exception. Sandjar throws them; users of Sandjar only catch them.
     *
     * @param subject what the exception is about, such as "layer sha256:... entry etc/passwd"
     * @param problem what is wrong with it
     * @param remedy what helps; may be empty
     */
    public ImageException(String subject, String problem, String remedy) {
        super(Printable.line(subject) + ": " + Printable.line(problem)
                + (remedy.isEmpty() ? "" : "; remedy: " + Printable.line(remedy)));
        this.subject = subject;
        this.problem = problem;
    }

    /**
     * Returns what this exception is about.
     *
     * @return a text such as "layer sha256:... entry etc/passwd"; names from the image are as they are there, with control characters
     */
    public String subject() {
        return subject;
    }

    /**
     * Returns what is wrong with the subject.
     *
     * @return a text; names from the image are as they are there, with control characters
     */
    public String problem() {
        return problem;
    }
}
