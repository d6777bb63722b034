package dev.sandjar.dependencies;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxHost;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.ImageStore;
import dev.sandjar.junit.EnabledIfSandbox;
import dev.sandjar.network.SandboxNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** What an application calls where there can be no sandbox: prints what each call says, on a line. */
final class ElsewhereMain {
    private ElsewhereMain() {}

    public static void main(String[] args) throws Exception {
        SandboxHost host = SandboxHost.probe();
        say(
                "probe",
                () -> host.isReady() + " "
                        + host.feature(Isolation.USER_NAMESPACE).reason());
        for (SandboxBuilder builder : List.of(Sandbox.builder(), Sandbox.untrusted(), Sandbox.hermetic())) {
            say("explain", () -> builder.build().explain().isPossible());
            say("run", () -> builder.build().run("true"));
        }
        say("degraded", () -> Sandbox.untrusted()
                .allowDegraded(Isolation.values())
                .build()
                .run("true"));
        say("verify", () -> Sandbox.untrusted().build().verify());
        say("network", () -> SandboxNetwork.builder().subnet("10.7.0.0/24").open());
        say("store", () -> ImageStore.open(Path.of(args[0])));
        say("loaded", () -> {
            for (Class<?> type : List.of(ChangeSet.class, EnabledIfSandbox.class)) {
                Class.forName(type.getName());
            }
            return "all";
        });
    }

    private static void say(String what, Callable<Object> call) {
        String text;
        try {
            text = String.valueOf(call.call());
        } catch (Exception e) { // an Error ends the program: nothing may fail at class loading
            text = e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        System.out.println(what + ": " + text.lines().findFirst().orElse(""));
    }
}
