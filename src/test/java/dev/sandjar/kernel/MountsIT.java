package dev.sandjar.kernel;

import org.junit.jupiter.api.DisplayName;

/** The mount API of Linux 5.2 and later. */
@DisplayName("MountsIT: fsopen, open_tree, move_mount, mount_setattr")
class MountsIT extends MountCases {}
