package dev.sandjar;

/** The words of the command line are not what it takes. */
final class WrongUse extends Exception {
    private static final long serialVersionUID = 1;

    WrongUse(String what) {
        super(what);
    }
}
