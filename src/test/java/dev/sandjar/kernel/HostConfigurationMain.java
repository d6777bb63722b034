package dev.sandjar.kernel;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a directory of configuration has secrets, and this process may read them: what a program of the same user is shown. */
public final class HostConfigurationMain {
    private HostConfigurationMain() {}

    /** @param args the directory */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        System.out.println(
                "outside " + Files.readString(directory.resolve("secret")).strip());
        SandboxBuilder same = Sandbox.builder().rootfs(RootFs.hostReadOnly()).env("PATH", "/usr/bin:/bin");
        if (args[1].equals("userns")) {
            same.userNamespace();
        }
        Sandbox sandbox = same.build();
        for (String file : new String[] {"open", "secret", "keys/key", "below/secret"}) {
            RunResult result = sandbox.run("cat", directory.resolve(file).toString());
            System.out.println(file + " " + (result.stdout() + result.stderr()).strip());
        }
        System.out.println(sandbox.explain().toString().contains("masked " + directory + "/keys"));
        RunResult own = same.file(directory.resolve("mine").toString(), "mine")
                .build()
                .run("sh", "-c", "cat " + directory + "/mine; ls " + directory);
        System.out.println(own.stdout().replace("\n", " ") + own.stderr());
        // The control: modes alone do not keep this user from it.
        RunResult bound = same.bindReadOnly(directory, "/bound").build().run("cat", "/bound/secret");
        System.out.println("bound " + (bound.stdout() + bound.stderr()).strip());
    }
}
