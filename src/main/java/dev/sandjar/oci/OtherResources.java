package dev.sandjar.oci;

import dev.sandjar.SandboxBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** RDMA devices and classes of network packets (config-linux.md, "RDMA", "Network"): files of controllers that few hosts have. */
final class OtherResources {
    private static final long HANDLES_MAX = 0xffffffffL;
    private static final long CLASS_MAX = 0xffffffffL;
    /** Of devices, without what would make two words of one. */
    private static final Pattern NAME = Pattern.compile("[^\\s/=]{1,64}");

    private OtherResources() {}

    static void read(SandboxBuilder builder, JsonAt resources) throws InvalidBundleException {
        Optional<JsonAt> network = resources.field("network");
        if (network.isPresent()) {
            network(builder, network.get().knowing("classID", "priorities"));
        }
        Optional<JsonAt> rdma = resources.field("rdma");
        if (rdma.isPresent() && !rdma.get().names().isEmpty()) {
            rdma(builder, rdma.get());
        }
    }

    private static void network(SandboxBuilder builder, JsonAt network) throws InvalidBundleException {
        Optional<Long> classId = network.number("classID", 0, CLASS_MAX).filter(value -> value != 0);
        classId.ifPresent(id -> builder.limits(l -> l.cgroupFile("net_cls.classid", Long.toString(id))));
        List<String> lines = new ArrayList<>();
        for (JsonAt priority : network.list("priorities")) {
            priority.knowing("name", "priority");
            lines.add(name(priority.required("name"), priority.required("name").text()) + " "
                    + priority.required("priority").uint32());
        }
        if (!lines.isEmpty()) {
            builder.limits(l -> l.cgroupFile("net_prio.ifpriomap", String.join("\n", lines)));
        }
    }

    private static void rdma(SandboxBuilder builder, JsonAt rdma) throws InvalidBundleException {
        List<String> lines = new ArrayList<>();
        for (String device : rdma.names()) {
            JsonAt limits = rdma.required(device).knowing("hcaHandles", "hcaObjects");
            StringBuilder line = new StringBuilder(name(limits, device));
            Optional<Long> handles = limits.number("hcaHandles", 0, HANDLES_MAX);
            handles.ifPresent(count -> line.append(" hca_handle=").append(count));
            Optional<Long> objects = limits.number("hcaObjects", 0, HANDLES_MAX);
            objects.ifPresent(count -> line.append(" hca_object=").append(count));
            if (handles.isEmpty() && objects.isEmpty()) {
                throw limits.refused("limits neither hcaHandles nor hcaObjects");
            }
            lines.add(line.toString());
        }
        builder.limits(l -> l.cgroupFile("rdma.max", String.join("\n", lines)));
    }

    private static String name(JsonAt place, String name) throws InvalidBundleException {
        if (!NAME.matcher(name).matches()) {
            throw place.refused("is not a name of a device");
        }
        return name;
    }
}
