package dev.sandjar.kernel;

import org.junit.jupiter.api.DisplayName;

/** Links with the mount API of Linux 5.2 and later. */
@DisplayName("LinkTargetsIT: move_mount")
class LinkTargetsIT extends LinkCases {}
