package dev.sandjar.internal.process;

import dev.sandjar.NetworkUsage;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads /proc/net/dev ({@code proc(5)}); lines that are none are left out. */
final class NetworkDevices {
    private static final int FIELDS = 16;
    private static final int SENT = 8;
    /** Of some thousand devices: whoever may make them inside may make more. */
    private static final int TEXT_MAX = 1 << 20;

    private NetworkDevices() {}

    /** Of the network that a process is in; empty if it can't be read any more. */
    static String of(long pid) {
        try {
            byte[] text = BoundedReads.beginning(Path.of("/proc/" + pid + "/net/dev"), TEXT_MAX);
            String lines = new String(text, StandardCharsets.ISO_8859_1);
            return lines.substring(0, lines.lastIndexOf('\n') + 1);
        } catch (IOException e) {
            return "";
        }
    }

    static List<NetworkUsage> parse(String text) {
        List<NetworkUsage> devices = new ArrayList<>();
        for (String line : text.split("\n")) {
            int colon = line.lastIndexOf(':');
            String[] fields = colon < 0
                    ? new String[0]
                    : line.substring(colon + 1).strip().split("\\s+");
            if (fields.length >= FIELDS && isNumber(fields[0], fields[1], fields[SENT], fields[SENT + 1])) {
                devices.add(new NetworkUsage(
                        line.substring(0, colon).strip(),
                        Long.parseLong(fields[0]),
                        Long.parseLong(fields[1]),
                        Long.parseLong(fields[SENT]),
                        Long.parseLong(fields[SENT + 1])));
            }
        }
        return devices;
    }

    private static boolean isNumber(String... texts) {
        for (String text : texts) {
            if (!text.matches("[0-9]{1,18}")) {
                return false;
            }
        }
        return true;
    }
}
