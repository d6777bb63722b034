package dev.sandjar.internal.cgroup.root;

/** Why sandboxes can't have cgroups here, and what helps. */
record NoCgroupRoot(String reason, String remedy) implements CgroupRootSupport {}
