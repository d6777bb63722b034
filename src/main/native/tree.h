/* Process trees, as /proc shows them: for sandboxes without a pid namespace of their own. */
#ifndef SJ_TREE_H
#define SJ_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/* Sends SIGKILL to every descendant of `top` but those below a process for which `spared` is true. How many there were, -1 on error. */
int sj_kill_descendants(int proc, pid_t top, bool (*spared)(pid_t));

#endif
