package dev.sandjar.internal.cgroup.root;

/** The cgroups that a launcher may use, or why there are none. */
sealed interface CgroupRootSupport permits CgroupRoot, NoCgroupRoot {}
