package dev.sandjar.internal.host;

/** The restriction of user namespaces that Ubuntu has since 23.10, and the profile that lifts it for the launcher alone. */
public final class AppArmor {
    /** A path that no other user can write to, as a profile has to name one. */
    public static final String INSTALLED = "/usr/local/lib/sandjar/sandjar-launcher";

    private static final String SETTING = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

    private AppArmor() {}

    /** Whether a program has to be named by a profile. */
    public static boolean restricts(HostFiles files) {
        return files.is(SETTING, "1");
    }

    static Diagnosis.Finding finding() {
        return new Diagnosis.Finding(
                "AppArmor takes the rights away that unprivileged programs have in user namespaces"
                        + " (kernel.apparmor_restrict_unprivileged_userns=1)",
                "install the launcher where a profile can name it, which \"sudo java -jar sandjar-VERSION-cli.jar doctor --install --yes\""
                        + " does; it is found there by itself. By hand, with -Dsandjar.launcher=" + INSTALLED
                        + " where it is that of another version:\n"
                        + "sudo mkdir -p /usr/local/lib/sandjar\n"
                        + "unzip -p sandjar-VERSION-cli.jar 'linux-*/sandjar-launcher' | sudo tee " + INSTALLED
                        + " >/dev/null\n"
                        + "sudo chmod 755 " + INSTALLED + "\n"
                        + "sudo tee /etc/apparmor.d/sandjar-launcher <<'END'\n"
                        + profile(INSTALLED)
                        + "END\n"
                        + "sudo apparmor_parser -r /etc/apparmor.d/sandjar-launcher\n"
                        + "(for every program at once: sysctl kernel.apparmor_restrict_unprivileged_userns=0)");
    }

    /** For /etc/apparmor.d: it confines nothing, and its "userns," is what the kernel asks for. */
    public static String profile(String launcher) {
        return """
                abi <abi/4.0>,
                include <tunables/global>

                profile sandjar-launcher "%s" flags=(unconfined) {
                  userns,
                  include if exists <local/sandjar-launcher>
                }
                """
                .replace("%s", launcher);
    }
}
