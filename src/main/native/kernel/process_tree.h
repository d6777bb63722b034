/* Process trees, as /proc shows them: for sandboxes without a pid namespace of their own. */
#ifndef SJ_KERNEL_PROCESS_TREE_H
#define SJ_KERNEL_PROCESS_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the calling process has children for which `spared` is false, itself being the only one to reap them and their only thread.
 * Far cheaper than a look at all processes. -1 where the kernel keeps no such list (CONFIG_PROC_CHILDREN).
 */
int sj_has_other_children(int proc, bool (*spared)(pid_t pid, pid_t parent));

/* Sends SIGKILL to every descendant of `top` but those below a process for which `spared` is true. How many there were, -1 on error. Ones whose
 * parents die meanwhile may be missed: it is to be called again when something has died. */
int sj_kill_descendants(int proc, pid_t top, bool (*spared)(pid_t pid, pid_t parent));

#endif
