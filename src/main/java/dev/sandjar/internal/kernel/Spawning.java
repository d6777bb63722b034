package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.StringArray;
import java.lang.ref.Reference;
import java.util.List;

/** A child with one socket, no other descriptors, and signals as if nobody had changed them ({@code posix_spawn(3)}). */
final class Spawning {
    /** More than any C library's posix_spawn_file_actions_t and posix_spawnattr_t. */
    private static final int SPAWN_SIZE = 1024;

    private static final short SPAWN_SETSIGDEF = 4;
    private static final short SPAWN_SETSIGMASK = 8;

    private Spawning() {}

    /** The process, or an error number negated. Called between {@link NativeFunctions#enter} and leave. */
    static int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
        // Never 3 itself: dup2 onto the same number would leave it close-on-exec in some C libraries.
        int high = JnaKernel.raised(socket);
        if (high < 0) {
            return high;
        }
        try (Memory actions = new Memory(SPAWN_SIZE);
                Memory attributes = new Memory(SPAWN_SIZE);
                Memory pid = new Memory(8)) {
            prepare(actions, attributes, high);
            StringArray words = new StringArray(argv.toArray(new String[0]), "UTF-8");
            StringArray variables = new StringArray(environment.toArray(new String[0]), "UTF-8");
            try {
                int error =
                        CLibrary.posix_spawn(pid, JnaKernel.terminated(path), actions, attributes, words, variables);
                return error != 0 ? -error : pid.getInt(0);
            } finally {
                Reference.reachabilityFence(words);
                Reference.reachabilityFence(variables);
                CLibrary.posix_spawn_file_actions_destroy(actions);
                CLibrary.posix_spawnattr_destroy(attributes);
            }
        } finally {
            CLibrary.close(high);
        }
    }

    private static void prepare(Memory actions, Memory attributes, int socket) {
        CLibrary.posix_spawn_file_actions_init(actions);
        CLibrary.posix_spawnattr_init(attributes);
        CLibrary.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Kernel.O_RDONLY, 0);
        CLibrary.posix_spawn_file_actions_addopen(actions, 1, "/dev/null", Kernel.O_WRONLY, 0);
        CLibrary.posix_spawn_file_actions_adddup2(actions, socket, 3);
        try (Memory set = new Memory(128)) {
            set.clear();
            CLibrary.posix_spawnattr_setsigmask(attributes, set);
            set.setMemory(0, 128, (byte) 0xff);
            CLibrary.posix_spawnattr_setsigdefault(attributes, set);
        }
        CLibrary.posix_spawnattr_setflags(attributes, (short) (SPAWN_SETSIGDEF | SPAWN_SETSIGMASK));
    }
}
