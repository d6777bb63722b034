#define _GNU_SOURCE
#include "setup/namespaces.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/procfs.h"

int sj_do_join(struct sj_context *c, const struct sj_op *op) {
  return setns(c->plan_fds[op->num[1]], (int)op->num[0]) == 0 ? 0 : sj_fail(c, "setns", "");
}

int sj_do_time_offsets(struct sj_context *c, const struct sj_op *op) {
  /* Only children enter it, so the supervisor keeps the host's clocks for its own measurements. */
  if (unshare(SJ_CLONE_NEWTIME) != 0)
    return sj_fail(c, "unshare(CLONE_NEWTIME)", "");
  if (op->num[0] == 0 && op->num[1] == 0 && op->num[2] == 0 && op->num[3] == 0)
    return 0;
  char text[160];
  snprintf(text, sizeof text, "monotonic %lld %llu\nboottime %lld %llu\n", (long long)op->num[0], (unsigned long long)op->num[1],
           (long long)op->num[2], (unsigned long long)op->num[3]);
  return sj_write_proc(c->proc, "self/timens_offsets", text) == 0 ? 0 : sj_fail(c, "write", "/proc/self/timens_offsets");
}

int sj_do_hostname(struct sj_context *c, const struct sj_op *op) {
  return sethostname(op->str[0], strlen(op->str[0])) == 0 ? 0 : sj_fail(c, "sethostname", op->str[0]);
}

int sj_do_domainname(struct sj_context *c, const struct sj_op *op) {
  return setdomainname(op->str[0], strlen(op->str[0])) == 0 ? 0 : sj_fail(c, "setdomainname", op->str[0]);
}

/*
 * Raw calls: the C library's would change all threads by signals; there is one. Groups of the host process must not stay behind.
 * Changing ids makes the process undumpable, which gives its /proc files to root and takes the death signal away; nothing hostile
 * runs in these namespaces yet, so both are put back.
 */
int sj_do_setid(struct sj_context *c, const struct sj_op *op) {
  long uid = (long)op->num[0], gid = (long)op->num[1];
  if ((op->flags & SJ_SETGROUPS) && syscall(SYS_setgroups, 0, NULL) != 0)
    return sj_fail(c, "setgroups", "");
  if (syscall(SYS_setresgid, gid, gid, gid) != 0)
    return sj_fail(c, "setresgid", "");
  if (syscall(SYS_setresuid, uid, uid, uid) != 0)
    return sj_fail(c, "setresuid", "");
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (c->plan->flags & SJ_PLAN_INIT)
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return 0;
}

/*
 * In the host's procfs all namespaces' entries of one name hang in one chain, which is slow to walk when there are thousands; in the
 * sandbox's own there is one. Which namespace's value it is depends on the writer alone.
 */
int sj_do_write_proc(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  bool own = c->sysctl >= 0 && strncmp(path, "sys/", 4) == 0;
  return sj_write_proc(own ? c->sysctl : c->proc, own ? path + 4 : path, op->str[1]) == 0 ? 0 : sj_fail(c, "write", path);
}
