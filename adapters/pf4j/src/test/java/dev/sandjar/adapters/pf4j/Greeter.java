package dev.sandjar.adapters.pf4j;

import org.pf4j.ExtensionPoint;

/** What plugins of the test are. */
public interface Greeter extends ExtensionPoint {
    /** {@return a greeting, or what it found} */
    String greet(String name);
}
