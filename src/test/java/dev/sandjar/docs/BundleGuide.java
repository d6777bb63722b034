package dev.sandjar.docs;

import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.oci.OciBundle;
import dev.sandjar.oci.OciContainer;
import java.nio.file.Path;

/** The example of the guide to bundles; the bundle that it names is the reader's. */
final class BundleGuide {
    private BundleGuide() {}

    static void bundle() throws Exception {
        // tag::bundle
        OciBundle bundle = OciBundle.load(Path.of("/containers/redis")); // refused with its place: /mounts/3/options/1
        bundle.notes().forEach(System.out::println); // where the sandbox is stricter than asked for
        try (OciContainer container =
                OciContainer.create("redis", bundle)) { // prestart, createRuntime, createContainer
            SandboxProcess process = container.start(); // startContainer and poststart hooks
            System.out.println(container.state().toJson());
            System.out.println(process.waitFor());
            container.delete(); // poststop hooks
        }
        String json = bundle.toConfigJson(); // with the fields that nobody knows
        System.out.println(json);
        // The program alone, without hooks and terminal.
        RunResult result = bundle.sandbox().run(bundle.command().orElseThrow().noPty());
        System.out.println(result.exitValue());
        // end::bundle
    }
}
