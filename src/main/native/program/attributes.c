#define _GNU_SOURCE
#include "program/attributes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAP_WORDS = 2, CAP_VERSION_3 = 0x20080522, SETPCAP = 8, LAST_CAP_POSSIBLE = 63 };

int sj_do_umask(struct sj_context *c, const struct sj_op *op) {
  (void)c;
  umask((mode_t)op->num[0] & 0777);
  return 0;
}

int sj_do_nice(struct sj_context *c, const struct sj_op *op) {
  return setpriority(PRIO_PROCESS, 0, (int32_t)(uint32_t)op->num[0]) == 0 ? 0 : sj_fail(c, "setpriority", "");
}

/* Decoded bytes need not be aligned. */
int sj_do_scheduler(struct sj_context *c, const struct sj_op *op) {
  uint64_t attributes[16] = {0};
  if (op->blob_size > sizeof attributes) {
    errno = E2BIG;
    return sj_fail(c, "sched_setattr", "");
  }
  if (op->blob_size > 0)
    memcpy(attributes, op->blob, op->blob_size);
  return syscall(SYS_sched_setattr, 0, attributes, 0) == 0 ? 0 : sj_fail(c, "sched_setattr", "");
}

int sj_do_ioprio(struct sj_context *c, const struct sj_op *op) {
  return syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, (long)op->num[0]) == 0 ? 0 : sj_fail(c, "ioprio_set", "");
}

int sj_do_affinity(struct sj_context *c, const struct sj_op *op) {
  unsigned long mask[1024 / sizeof(unsigned long)] = {0};
  if (op->blob_size > sizeof mask) {
    errno = EINVAL;
    return sj_fail(c, "sched_setaffinity", "");
  }
  if (op->blob_size > 0)
    memcpy(mask, op->blob, op->blob_size);
  return syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) >= 0 ? 0 : sj_fail(c, "sched_setaffinity", "");
}

int sj_do_memory_policy(struct sj_context *c, const struct sj_op *op) {
  unsigned long mask[1024 / (8 * sizeof(unsigned long))] = {0};
  if (op->blob_size > sizeof mask) {
    errno = EINVAL;
    return sj_fail(c, "set_mempolicy", "");
  }
  if (op->blob_size > 0)
    memcpy(mask, op->blob, op->blob_size);
  /* The kernel looks at one bit less than it is told of. */
  return syscall(SYS_set_mempolicy, (long)op->num[0], mask, 8 * sizeof mask + 1) == 0 ? 0 : sj_fail(c, "set_mempolicy", "");
}

int sj_do_rlimit(struct sj_context *c, const struct sj_op *op) {
  struct rlimit limit = {(rlim_t)op->num[1], (rlim_t)op->num[2]};
  return syscall(SYS_prlimit64, 0, (long)op->num[0], &limit, NULL) == 0 ? 0 : sj_fail(c, "prlimit", "");
}

int sj_do_personality(struct sj_context *c, const struct sj_op *op) {
  return personality((unsigned long)op->num[0]) >= 0 ? 0 : sj_fail(c, "personality", "");
}

int sj_do_keyring(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  return syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL) >= 0 ? 0 : sj_fail(c, "keyctl(JOIN_SESSION_KEYRING)", "");
}

/* Permitted capabilities survive the change of ids until CAPABILITIES says which may stay. */
int sj_do_credentials(struct sj_context *c, const struct sj_op *op) {
  long uid = (long)op->num[0], gid = (long)op->num[1];
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
    return sj_fail(c, "prctl(PR_SET_KEEPCAPS)", "");
  if (op->flags & SJ_SETGROUPS) {
    uint32_t groups[1024];
    if (op->blob_size > sizeof groups) {
      errno = EINVAL;
      return sj_fail(c, "setgroups", "");
    }
    if (op->blob_size > 0)
      memcpy(groups, op->blob, op->blob_size);
    if (syscall(SYS_setgroups, (long)(op->blob_size / 4), groups) != 0)
      return sj_fail(c, "setgroups", "");
  }
  if (syscall(SYS_setresgid, gid, gid, gid) != 0)
    return sj_fail(c, "setresgid", "");
  if (syscall(SYS_setresuid, uid, uid, uid) != 0)
    return sj_fail(c, "setresuid", "");
  /* A change of ids makes a process as traceable as fs.suid_dumpable says. */
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : sj_fail(c, "prctl(PR_SET_DUMPABLE)", "");
}

struct cap_sets {
  uint32_t effective, permitted, inheritable;
};

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct {
    uint32_t version;
    int pid;
  } head = {CAP_VERSION_3, 0};
  struct cap_sets sets[CAP_WORDS];
  for (unsigned i = 0; i < CAP_WORDS; i++)
    sets[i] = (struct cap_sets){(uint32_t)(effective >> 32 * i), (uint32_t)(permitted >> 32 * i), (uint32_t)(inheritable >> 32 * i)};
  return (int)syscall(SYS_capset, &head, sets);
}

static int permitted_now(uint64_t *out) {
  struct {
    uint32_t version;
    int pid;
  } head = {CAP_VERSION_3, 0};
  struct cap_sets sets[CAP_WORDS];
  if (syscall(SYS_capget, &head, sets) != 0)
    return -1;
  *out = sets[0].permitted | (uint64_t)sets[1].permitted << 32;
  return 0;
}

static int drop_bounding(struct sj_context *c, uint64_t keep) {
  for (unsigned long cap = 0; cap <= LAST_CAP_POSSIBLE; cap++) {
    if ((keep >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
      return errno == EINVAL ? 0 /* past the kernel's last one */ : sj_fail(c, "prctl(PR_CAPBSET_DROP)", "");
  }
  return 0;
}

static int bound(struct sj_context *c, const struct sj_op *op) {
  uint64_t permitted;
  if (c->bounded)
    return 0;
  if (permitted_now(&permitted) != 0)
    return sj_fail(c, "capget", "");
  if (!(permitted >> SETPCAP & 1))
    return 0;
  if (set_capabilities(permitted, permitted, 0) != 0)
    return sj_fail(c, "capset", "");
  if (drop_bounding(c, op->num[0]) != 0)
    return -1;
  c->bounded = true;
  return 0;
}

int sj_bound_capabilities(struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++, op++) {
    if (op->code != SJ_OP_CAPABILITIES)
      continue;
    sj_at(c, SJ_IN_PROCESS, op->code, i);
    if (bound(c, op) != 0)
      return -1;
    sj_done(c);
  }
  return 0;
}

int sj_do_capabilities(struct sj_context *c, const struct sj_op *op) {
  if (bound(c, op) != 0)
    return -1;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
    return sj_fail(c, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)", "");
  /* Of what is asked for, a process without privileges may have less: Java has checked, the kernel has the last word. */
  if (set_capabilities(op->num[1], op->num[2], op->num[3]) != 0)
    return sj_fail(c, "capset", "");
  for (unsigned long cap = 0; cap <= LAST_CAP_POSSIBLE; cap++)
    if ((op->num[4] >> cap & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
      return sj_fail(c, "prctl(PR_CAP_AMBIENT_RAISE)", "");
  return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0 ? 0 : sj_fail(c, "prctl(PR_SET_KEEPCAPS)", "");
}

int sj_do_no_new_privs(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : sj_fail(c, "prctl(PR_SET_NO_NEW_PRIVS)", "");
}

int sj_do_speculation(struct sj_context *c, const struct sj_op *op) {
  enum { GET = 52, SET = 53, CONTROLLED_HERE = 1, OFF = 4 | 8 /* DISABLE, FORCE_DISABLE */ };
  int state = prctl(GET, (unsigned long)op->num[0], 0, 0, 0);
  if (state < 0)
    return sj_fail(c, "prctl(PR_GET_SPECULATION_CTRL)", "");
  /* A processor that is not affected, or a kernel that has it off for all. */
  if (state == 0 || (!(state & CONTROLLED_HERE) && (state & OFF)))
    return 0;
  return prctl(SET, (unsigned long)op->num[0], (unsigned long)op->num[1], 0, 0) == 0 ? 0 : sj_fail(c, "prctl(PR_SET_SPECULATION_CTRL)", "");
}

int sj_do_core_sched(struct sj_context *c, const struct sj_op *op) {
  enum { SCHED_CORE = 62, CREATE = 1, THREAD = 0 };
  (void)op;
  return prctl(SCHED_CORE, CREATE, 0, THREAD, 0) == 0 ? 0 : sj_fail(c, "prctl(PR_SCHED_CORE_CREATE)", "");
}
