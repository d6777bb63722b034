package dev.sandjar.internal.launcher;

/** Why sandboxes can't have cgroups here, and what helps. */
record NoArea(String reason, String remedy) implements AreaOffer {}
