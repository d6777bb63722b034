package dev.sandjar.oci;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A container engine, as far as it has to be told of a runtime: which file says so, and what has to be in it. */
enum EngineFile {
    DOCKER("docker", "docker/daemon.json", "docker") {
        @Override
        Optional<String> with(String text, String name, Path program) throws IOException {
            return DaemonJson.with(text, name, program);
        }

        @Override
        Optional<String> without(String text, String name, Path program) throws IOException {
            return DaemonJson.without(text, name, program);
        }
    },
    CONTAINERD("containerd", "containerd/config.toml", "containerd") {
        @Override
        Optional<String> with(String text, String name, Path program) throws IOException {
            boolean third = TomlBlock.version(text) == TomlBlock.NEW_VERSION;
            String table = third
                    ? "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes." + name
                    : "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes." + name;
            String lines = table + "]\n  runtime_type = \"io.containerd.runc.v2\"\n" + table
                    + ".options]\n  BinaryName = " + TomlBlock.quoted(program) + "\n";
            return TomlBlock.with(text.isEmpty() ? "version = 2\n" : text, name, lines);
        }

        @Override
        Optional<String> without(String text, String name, Path program) {
            return TomlBlock.without(text, name).map(rest -> rest.equals("version = 2\n") ? "" : rest);
        }
    },
    PODMAN("podman", "containers/containers.conf.d/%s.conf", "containers") {
        @Override
        Optional<String> with(String text, String name, Path program) {
            return TomlBlock.with(
                    text, name, "[engine.runtimes]\n" + name + " = [" + TomlBlock.quoted(program) + "]\n");
        }

        @Override
        Optional<String> without(String text, String name, Path program) {
            return TomlBlock.without(text, name);
        }
    },
    CRI_O("cri-o", "crio/crio.conf.d/50-%s.conf", "crio") {
        @Override
        Optional<String> with(String text, String name, Path program) {
            return TomlBlock.with(
                    text,
                    name,
                    "[crio.runtime.runtimes." + name + "]\nruntime_path = " + TomlBlock.quoted(program)
                            + "\nruntime_type = \"oci\"\nruntime_root = \"/run/" + name + "\"\n");
        }

        @Override
        Optional<String> without(String text, String name, Path program) {
            return TomlBlock.without(text, name);
        }
    };

    final String engine;
    private final String file;
    private final String directory;

    EngineFile(String engine, String file, String directory) {
        this.engine = engine;
        this.file = file;
        this.directory = directory;
    }

    static Optional<EngineFile> of(String engine) {
        return List.of(values()).stream()
                .filter(each -> each.engine.equals(engine))
                .findFirst();
    }

    Path file(Path etc, String name) {
        return etc.resolve(file.replace("%s", name));
    }

    /** What is there only where the engine is, or was. */
    Path sign(Path etc) {
        return etc.resolve(directory);
    }

    /**
     * The file's text with what tells of the runtime, or empty if that is there already.
     *
     * @param text "" for a file that is not there
     * @throws IOException if the text can't be understood, or says something else of a runtime of that name
     */
    abstract Optional<String> with(String text, String name, Path program) throws IOException;

    /**
     * The file's text as it was, "" if nothing else is in it; or empty if it does not tell of the runtime.
     *
     * @throws IOException if what was put there has been changed since
     */
    abstract Optional<String> without(String text, String name, Path program) throws IOException;
}
