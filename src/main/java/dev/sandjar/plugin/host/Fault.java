package dev.sandjar.plugin.host;

import dev.sandjar.plugin.PluginException.Reason;

/** Why a channel can't be used any more. */
record Fault(Reason reason, String message) {}
