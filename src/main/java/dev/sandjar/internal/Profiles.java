package dev.sandjar.internal;

import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What profiles of system calls need of the engine: its tables of calls, its built-in profiles, and JSON. Thread-safe. */
public interface Profiles {
    SeccompProfile standardProfile();

    SeccompProfile strictProfile();

    /**
     * Reads Docker's format, or that of OCI.
     *
     * @throws IllegalArgumentException if it is malformed; the message says where
     */
    SeccompProfile readProfile(String json);

    /**
     * The same from a file, whose name the profile gets.
     *
     * @throws IllegalArgumentException if it is malformed; the message says where
     */
    SeccompProfile readProfile(Path file) throws IOException;

    /**
     * Writes Docker's format.
     *
     * @throws IllegalStateException if a rule has no form there
     */
    String writeProfile(SeccompProfile profile);

    /** What is refused of calls that an intent opens: rules that have to come before whatever opens them. */
    List<SeccompRule> refusedArguments(List<String> calls);

    /** @throws IllegalArgumentException if no architecture has a call of this name */
    void checkSystemCall(String name);
}
