#define _GNU_SOURCE
#include "cgroup/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/devices.h"
#include "cgroup/events.h"
#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/removal.h"
#include "cgroup/root.h"
#include "kernel/fault.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"

static int fail(struct sj_context *c, const struct sj_cgroup *g, const char *call, const struct sj_op *op) {
  char what[512], name[SJ_CGROUP_NAME_SIZE];
  int error = errno;
  const struct sj_cgroup_path *path = g->paths == NULL ? NULL : &g->paths[op->num[0]];
  const char *file = op->str[0] != NULL ? op->str[0] : "";
  sj_cgroup_name(c->id, name);
  if (path != NULL && path->base != NULL)
    snprintf(what, sizeof what, "%s/%s/%s", path->base[0] != 0 ? path->base : sj_cgroup_root_path(op->num[0]), path->path, file);
  else
    snprintf(what, sizeof what, "%s/%s/%s", sj_cgroup_root_path(op->num[0]), name, file);
  errno = error;
  return sj_fail(c, call, what);
}

static int make(struct sj_context *c, const struct sj_cgroup *g, const struct sj_op *op) {
  char name[SJ_CGROUP_NAME_SIZE];
  if (op->flags & SJ_OPTIONAL)
    return 0;
  sj_cgroup_name(c->id, name);
  return mkdirat(sj_cgroup_root_directory(op->num[0]), name, 0755) == 0 ? 0 : fail(c, g, "mkdir", op);
}

/*
 * CLONE_INTO_CGROUP asks whether the cloning process may write cgroup.procs there and in the nearest cgroup above both. The first
 * becomes the supervisor's. The second, that of the cgroup root, has to be writable for the supervisors of all sandboxes; that lets nobody move a
 * process who may not write cgroup.procs of the cgroup that it is to come to as well, and the cgroup root itself takes none.
 */
static int share(const struct sj_cgroup *g, const struct sj_context *c, const struct sj_op *op) {
  unsigned inside, outside;
  if (c->start == NULL || sscanf(c->start->uid_map, "%u %u", &inside, &outside) != 2) {
    errno = EPROTO;
    return -1;
  }
  int leaf = sj_cgroup_open(g, op->num[0], op->str[0], O_RDONLY);
  if (leaf < 0)
    return -1;
  int result = fchown(leaf, outside, (gid_t)-1);
  close(leaf);
  return result == 0 ? fchmodat(sj_cgroup_root_directory(op->num[0]), op->str[0], 0666, 0) : -1;
}

static int join(struct sj_cgroup *g, struct sj_context *c, const struct sj_op *op, struct sj_entry *entry) {
  if (op->flags & SJ_INTO) {
    if ((op->flags & SJ_SHARED) && share(g, c, op) != 0)
      return fail(c, g, "fchown", op);
    entry->into = sj_cgroup_open(g, op->num[0], ".", O_RDONLY | O_DIRECTORY);
    return entry->into >= 0 ? 0 : fail(c, g, "open", op);
  }
  int fd = sj_cgroup_open(g, op->num[0], op->str[0], O_WRONLY);
  if (fd < 0 || entry->nfiles == SJ_HIERARCHIES_MAX)
    return fail(c, g, "open", op);
  entry->files[entry->nfiles++] = fd;
  return 0;
}

static int step(struct sj_cgroup *g, struct sj_context *c, const struct sj_op *op, struct sj_entry *entry) {
  if (sj_cgroup_root_directory(op->num[0]) < 0) {
    errno = ENODEV;
    return sj_fail(c, "cgroup root", "");
  }
  switch (op->code) {
  case SJ_OP_CGROUP:
    return make(c, g, op);
  case SJ_OP_CGROUP_WRITE:
    return sj_cgroup_write(g, op->num[0], op->str[0], op->str[1]) == 0 ? 0 : fail(c, g, "write", op);
  case SJ_OP_CGROUP_JOIN:
    return join(g, c, op, entry);
  case SJ_OP_CGROUP_OOM:
    return sj_watch_oom(g, op->num[0], op->str[0], op->str[1]) == 0 ? 0 : fail(c, g, "write(cgroup.event_control)", op);
  case SJ_OP_CGROUP_DEVICES: {
    int dir = sj_cgroup_open(g, op->num[0], ".", O_RDONLY | O_DIRECTORY);
    int result = dir < 0 ? -1 : sj_attach_devices(dir, op->blob, op->blob_size);
    if (dir >= 0)
      close(dir);
    return result == 0 ? 0 : fail(c, g, "bpf", op);
  }
  default:
    return 0; /* for later */
  }
}

static int send_entry(struct sj_context *c, const struct sj_cgroup *g, const struct sj_entry *entry) {
  int fds[SJ_HIERARCHIES_MAX + 1];
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  uint32_t n = 0;
  if (entry->into >= 0)
    fds[n++] = entry->into;
  for (uint32_t i = 0; i < entry->nfiles; i++)
    fds[n++] = entry->files[i];
  sj_put_u32(&w, entry->into >= 0);
  /* A supervisor that has ended already says itself why. */
  if (sj_send(c->launcher_end, SJ_ENTRY, g->id, body, w.length, fds, n) != 0 && errno != EPIPE && errno != ECONNRESET)
    return sj_fail(c, "sendmsg", "cgroup");
  return 0;
}

static void at(struct sj_context *c, const struct sj_cgroup *g, uint32_t index) {
  c->section = SJ_IN_CGROUP;
  c->opcode = c->plan->section[SJ_CGROUP][index].code;
  c->index = index;
  sj_fault_launcher(*g->supervisor);
}

int sj_cgroup_make(struct sj_cgroup *g, struct sj_context *c) {
  struct sj_entry entry = {.nfiles = 0, .into = -1};
  const struct sj_op *op = c->plan->section[SJ_CGROUP];
  int result = 0;
  for (uint32_t i = 0; i < c->plan->count[SJ_CGROUP] && result == 0; i++, op++) {
    at(c, g, i);
    result = step(g, c, op, &entry);
  }
  if (result == 0)
    result = send_entry(c, g, &entry);
  if (entry.into >= 0)
    close(entry.into);
  for (uint32_t i = 0; i < entry.nfiles; i++)
    close(entry.files[i]);
  return result;
}

/* ---------------------------------------------------------------- at paths of their own */

static bool write_leftover(int dir, const char *file, const char *text) {
  int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && write(fd, text, strlen(text)) >= 0;
  if (fd >= 0)
    close(fd);
  return good;
}

/* The processes of a launcher that was killed died with it, unless they were frozen; which may be by another hierarchy than the one asked for. */
static void thaw_leftovers(const struct sj_plan *plan) {
  const struct sj_op *op = plan->section[SJ_CGROUP];
  int leaf[SJ_HIERARCHIES_MAX];
  for (unsigned i = 0; i < SJ_HIERARCHIES_MAX; i++)
    leaf[i] = -1;
  for (uint32_t i = 0; i < plan->count[SJ_CGROUP]; i++)
    if (op[i].code == SJ_OP_CGROUP_AT && leaf[op[i].num[0]] < 0)
      leaf[op[i].num[0]] = sj_cgroup_path_leftover(&op[i], sj_cgroup_root_directory(op[i].num[0]));
  for (uint32_t i = 0; i < plan->count[SJ_CGROUP]; i++)
    if (op[i].code == SJ_OP_CGROUP_KILL && (op[i].flags & SJ_SELF) && leaf[op[i].num[0]] >= 0)
      (void)write_leftover(leaf[op[i].num[0]], op[i].str[0], op[i].str[1]); /* what it does not do shows when it can't be removed */
  for (unsigned i = 0; i < SJ_HIERARCHIES_MAX; i++)
    if (leaf[i] >= 0)
      close(leaf[i]);
}

static enum sj_made make_one(struct sj_cgroup *g, struct sj_context *c, const struct sj_op *op) {
  struct sj_cgroup_path *n = &g->paths[op->num[0]];
  int root = sj_cgroup_root_directory(op->num[0]);
  if (n->base != NULL)
    return SJ_MADE; /* before another had to be waited for */
  if (root < 0) {
    errno = ENODEV;
    (void)sj_fail(c, "cgroup root", "");
    return SJ_NOT_MADE;
  }
  if (sj_cgroup_is_being_removed(op))
    return SJ_LATER;
  if (sj_cgroup_path_make(n, op, root) == 0)
    return SJ_MADE;
  if (errno == EBUSY) {
    thaw_leftovers(c->plan);
    return SJ_LATER;
  }
  (void)sj_fail(c, n->call, n->what);
  return SJ_NOT_MADE;
}

enum sj_made sj_cgroup_make_paths(struct sj_cgroup *g, struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_CGROUP];
  enum sj_made made = SJ_MADE;
  for (uint32_t i = 0; i < c->plan->count[SJ_CGROUP] && made == SJ_MADE; i++, op++) {
    if (op->code != SJ_OP_CGROUP_AT)
      continue;
    at(c, g, i);
    if (g->paths == NULL && (g->paths = calloc(SJ_HIERARCHIES_MAX, sizeof *g->paths)) == NULL) {
      (void)sj_fail(c, "malloc", "");
      return SJ_NOT_MADE;
    }
    made = make_one(g, c, op);
  }
  return made;
}
