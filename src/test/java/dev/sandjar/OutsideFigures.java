package dev.sandjar;

import dev.sandjar.internal.engine.Verifier;

/** Figures of presets that are written elsewhere, as {@code verify} counts them. */
public final class OutsideFigures {
    private OutsideFigures() {}

    public static int callsPassingUntrusted() {
        return Verifier.callsPassing(Sandbox.untrusted().build());
    }

    public static int callsKnown() {
        return Verifier.callsKnown();
    }
}
