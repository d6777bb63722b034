/* A user namespace of this process's own, whose ids are mapped by a process that stays outside. */
#ifndef SJ_KERNEL_USER_NAMESPACE_H
#define SJ_KERNEL_USER_NAMESPACE_H

#include <stdint.h>

/*
 * `words` are those for users, "--", and those for groups. One word is the text of the map; more are newuidmap(1) or newgidmap(1) and what
 * follows its process id. "deny" before all of them: setgroups(2) is given up first. Makes the namespace and enters it. Returns 0, or
 * what failed: a step in the upper half (SJ_NAMESPACE_*), an error number or, of MAP, 1 for users or 2 for groups in the lower.
 */
int64_t sj_enter_user_namespace(int proc, int count, char **words);

enum { SJ_NAMESPACE_FORK = 1, SJ_NAMESPACE_UNSHARE = 2, SJ_NAMESPACE_MAP = 3, SJ_NAMESPACE_RIGHTS = 4 };

#endif
