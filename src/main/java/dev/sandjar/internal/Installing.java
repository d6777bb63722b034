package dev.sandjar.internal;

import java.io.IOException;
import java.util.List;

/** Puts the launcher where a security module lets it make user namespaces, or takes it away again. */
public interface Installing {
    /** What is going to be done, a line for each step; some have several lines. */
    List<String> steps();

    /** Does it; needs the rights of root. */
    void run() throws IOException, InterruptedException;
}
