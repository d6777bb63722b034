package dev.sandjar;

import java.util.Optional;

/**
 * Memory of all processes of a sandbox together ({@code memory.current}, {@code memory.peak} and {@code memory.stat} of cgroup v2,
 * their counterparts of v1). The parts are those of the moment; empty where the kernel doesn't tell, or there is no cgroup.
 *
 * @param current all memory at the moment; at the end of a sandbox what is left of page cache
 * @param peak all memory at its most
 * @param anon memory of the programs themselves
 * @param file page cache, tmpfs and shared memory
 * @param kernel memory of the kernel for the programs: stacks, page tables, sockets, names of files
 * @param shmem tmpfs and shared memory, a part of {@code file}
 * @param swap memory that is swapped out
 */
public record MemoryUsage(
        Optional<DataSize> current,
        Optional<DataSize> peak,
        Optional<DataSize> anon,
        Optional<DataSize> file,
        Optional<DataSize> kernel,
        Optional<DataSize> shmem,
        Optional<DataSize> swap) {}
