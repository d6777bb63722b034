package dev.sandjar.internal.plugin.host;

import dev.sandjar.plugin.PluginException.Reason;

/** Why a channel can't be used any more. */
record Fault(Reason reason, String message) {}
