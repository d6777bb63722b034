/**
 * Processes in their own slice of the Linux kernel, started and supervised through an object that feels like
 * {@link java.lang.Process}.
 */
module dev.sandjar {
    requires com.sun.jna;
    requires jdk.jfr;
    requires org.slf4j;
    requires static com.fasterxml.jackson.databind;
    requires static com.github.luben.zstd_jni;
    requires static org.apache.commons.compress;
    requires static org.bouncycastle.pkix;
    requires static org.bouncycastle.provider;
    requires static org.jspecify;
    requires static org.junit.jupiter.api;

    exports dev.sandjar;
    exports dev.sandjar.changes;
    exports dev.sandjar.image;
    exports dev.sandjar.junit;
    exports dev.sandjar.linux;
    exports dev.sandjar.network;
    exports dev.sandjar.oci;
    exports dev.sandjar.plugin;
    exports dev.sandjar.seccomp;
    exports dev.sandjar.verify;
}
