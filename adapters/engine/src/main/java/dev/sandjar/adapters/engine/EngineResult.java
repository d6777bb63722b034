package dev.sandjar.adapters.engine;

import dev.sandjar.ExitReport;

/**
 * What {@link EngineSandbox#run} brought back.
 *
 * @param stdout standard output as UTF-8, with U+FFFD for what isn't
 * @param stderr standard error, likewise
 * @param report how the program ended, and what was enforced
 */
public record EngineResult(String stdout, String stderr, ExitReport report) {
    /**
     * The exit code, or 128 plus the number of the signal.
     *
     * @return as {@link ExitReport#exitValue()}
     */
    public int exitValue() {
        return report.exitValue();
    }
}
