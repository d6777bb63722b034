package dev.sandjar.internal.protocol;

/**
 * What the launcher said of a start that failed: SJ_FAILED of protocol.h.
 *
 * @param section where it was
 * @param opcode the operation, 0 outside the plan's sections
 * @param index which operation of its section, or which path of an exec
 * @param errno error number, 0 for none
 * @param detail st_mode of the program for a failed exec; for that and a working directory, in the upper half, how many bytes of the
 *     path name a directory that may not be searched; a wait status for a failed helper
 * @param call the system call
 * @param what the path, may be empty
 */
public record StartFailure(int section, int opcode, int index, int errno, long detail, String call, String what) {
    /** Whether the launcher has found that the cgroup of the sandbox ran out of memory. */
    public boolean isOutOfMemory() {
        return Section.of(section) == Section.CLONE && call.equals("memory");
    }

    /** Whether the process that sets the sandbox up was killed. */
    public boolean isLoss() {
        return Section.of(section) == Section.CLONE && call.equals("supervisor");
    }
}
