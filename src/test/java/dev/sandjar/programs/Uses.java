package dev.sandjar.programs;

import java.util.List;

/** What a plugin with native libraries is asked for. */
public interface Uses {
    /** A line for each library: its name, and "ok" or what went wrong. */
    List<String> use();
}
