package dev.sandjar.kernel;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

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
        for (String file : new String[] {"open", "later", "deep/later"}) {
            Path next = Files.writeString(directory.resolve("next"), "outside " + file + "\n");
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r-----"));
            Path path = directory.resolve(file);
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            for (int i = 0; i < 3; i++) {
                System.out.println(sandbox.run("cat", path.toString()).stdout());
            }
            System.out.print(Files.readString(path));
        }
        System.out.println(sandbox.explain().entries().toString().contains("masked " + directory + "/keys"));
        RunResult own = same.file(directory.resolve("mine").toString(), "mine")
                .build()
                .run("sh", "-c", "cat " + directory + "/mine; ls " + directory);
        System.out.println(own.stdout().replace("\n", " ") + own.stderr());
        // The control: modes alone do not keep this user from it.
        RunResult bound = same.bindReadOnly(directory, "/bound").build().run("cat", "/bound/secret");
        System.out.println("bound " + (bound.stdout() + bound.stderr()).strip());
    }
}
