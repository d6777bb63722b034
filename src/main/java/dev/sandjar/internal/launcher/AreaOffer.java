package dev.sandjar.internal.launcher;

/** The cgroups that a launcher may use, or why there are none. */
sealed interface AreaOffer permits Area, NoArea {}
