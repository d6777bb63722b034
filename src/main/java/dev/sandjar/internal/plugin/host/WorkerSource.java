package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.Contract;
import java.io.IOException;
import java.time.Duration;

/** Starts workers of one kind. */
interface WorkerSource {
    Contract contract();

    /**
     * A worker that has made its plugin.
     *
     * @throws dev.sandjar.plugin.PluginException if that did not come about in time
     * @throws IOException if the sandbox can't be started
     */
    Worker start(Duration time) throws IOException;
}
