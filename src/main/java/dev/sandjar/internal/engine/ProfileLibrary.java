package dev.sandjar.internal.engine;

import dev.sandjar.internal.Profiles;
import dev.sandjar.internal.bpf.BuiltIns;
import dev.sandjar.internal.bpf.ProfileJson;
import dev.sandjar.internal.bpf.ProfileWriter;
import dev.sandjar.internal.bpf.RefusedArguments;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.util.OptionalLibrary;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Profiles of system calls, by the tables and the readers of {@code bpf}. */
final class ProfileLibrary implements Profiles {
    @Override
    public SeccompProfile standardProfile() {
        return BuiltIns.standard();
    }

    @Override
    public SeccompProfile strictProfile() {
        return BuiltIns.strict();
    }

    @Override
    public SeccompProfile readProfile(String json) {
        OptionalLibrary.JACKSON.neededFor("A seccomp profile as JSON");
        return ProfileJson.read("from JSON", json);
    }

    @Override
    public SeccompProfile readProfile(Path file) throws IOException {
        OptionalLibrary.JACKSON.neededFor("A seccomp profile as JSON");
        try (InputStream in = OpenFiles.content(file)) {
            return ProfileJson.read(file, in);
        }
    }

    @Override
    public String writeProfile(SeccompProfile profile) {
        OptionalLibrary.JACKSON.neededFor("A seccomp profile as JSON");
        return ProfileWriter.write(profile);
    }

    @Override
    public List<SeccompRule> refusedArguments(List<String> calls) {
        return RefusedArguments.of(calls);
    }

    @Override
    public void checkSystemCall(String name) {
        if (!SyscallTable.isKnown(name)) {
            throw new IllegalArgumentException("unknown system call \"" + name + "\""
                    + SyscallTable.similar(name)
                            .map(s -> "; did you mean \"" + s + "\"?")
                            .orElse(""));
        }
    }
}
