package dev.sandjar.internal.cgroup.root;

/** Why sandboxes can't have cgroups here, and what helps. */
record NoArea(String reason, String remedy) implements AreaOffer {}
