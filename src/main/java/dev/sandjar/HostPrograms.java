package dev.sandjar;

import java.util.List;

/** Where a Linux system has its programs, and of its configuration what those need to run. */
final class HostPrograms {
    static final List<String> PATHS = List.of(
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/lib64",
            "/lib32",
            "/libx32",
            "/etc/ld.so.cache",
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/etc/alternatives",
            "/etc/ssl/certs",
            "/etc/ssl/openssl.cnf",
            "/etc/pki",
            "/etc/crypto-policies",
            "/etc/mime.types",
            "/etc/protocols",
            "/etc/services",
            "/etc/terminfo",
            // What the host forbids its programs to do with hostile input.
            "/etc/ImageMagick-6",
            "/etc/ImageMagick-7",
            "/etc/java-17-openjdk",
            "/etc/java-21-openjdk",
            "/etc/java-25-openjdk");

    private HostPrograms() {}
}
