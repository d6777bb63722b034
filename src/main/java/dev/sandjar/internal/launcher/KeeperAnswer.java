package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.util.Errno;

/**
 * What the keeper says to a request (SJ_NET_DONE), and what a refusal means.
 *
 * @param errno 0 if all was done
 * @param message number of the message that the kernel has refused; 0 for none
 * @param text what the kernel says about it, or the file that could not be written
 * @param descriptor -1 if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // made to be read once
record KeeperAnswer(int errno, int message, String call, String text, byte[] said, int descriptor) {
    /** Of something that was refused. */
    SandboxException refusal(String step) {
        String words = text.startsWith("/") ? "" : text;
        String path = text.startsWith("/") ? text : null;
        String number = message == 0 ? "" : " message " + message;
        return new SandboxException(step, call + number, path, errno, cause(words), remedy());
    }

    private String cause(String words) {
        if (!words.isEmpty()) {
            return "the kernel says: " + words;
        }
        if (call.equals("map ids")) {
            return errno == 1
                    ? "the map of user ids was refused"
                    : errno == 2 ? "the map of group ids was refused" : "";
        }
        if (call.startsWith("unshare")) {
            return Errno.ENOSPC.is(errno)
                    ? "there are as many as user.max_user_namespaces and user.max_net_namespaces allow"
                    : "this process may not make user or network namespaces";
        }
        if (text.startsWith("/")) {
            return Errno.ENOENT.is(errno)
                    ? "this kernel has no such setting"
                    : "the /proc that this process has does not let it be set";
        }
        return Errno.EOPNOTSUPP.is(errno) && message != 0 ? "this kernel has no such kind of interface" : "";
    }

    private String remedy() {
        if (call.endsWith("(AF_PACKET)") && Errno.EPERM.is(errno)) {
            return "leave CAP_NET_RAW to this process";
        }
        if (call.equals("capset")) {
            return "leave CAP_NET_ADMIN to this process beside CAP_SYS_ADMIN, or neither of them";
        }
        if (call.startsWith("unshare") && Errno.ENOSPC.is(errno)) {
            return "close networks and end sandboxes, or raise these limits (sysctl(8))";
        }
        if (call.startsWith("unshare") || call.equals("map ids")) {
            return "allow user namespaces (java -jar sandjar.jar doctor says what forbids them), or run as root";
        }
        if (Errno.EOPNOTSUPP.is(errno) && message != 0) {
            return "load the modules as root: modprobe -a bridge veth";
        }
        if (text.startsWith("/")) {
            return "mount a /proc whose sys is writable for this process, or use a kernel that has it";
        }
        String usual = message == 0 ? Calls.remedy(errno) : "";
        return usual.isEmpty()
                ? "java -jar sandjar.jar doctor says what this host lacks for networks of sandboxes"
                : usual;
    }
}
