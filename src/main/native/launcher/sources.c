#define _GNU_SOURCE
#include "launcher/sources.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


struct file {
  dev_t device;
  ino_t inode;
};

struct sj_sources {
  uint64_t mounts; /* how often the host's mounts had changed */
  uint32_t count;
  struct file file[];
};

static int table = -1; /* our own mountinfo, ready when mounts have changed */
static uint64_t changes;

static uint64_t changes_of_mounts(struct sj_launcher *l) {
  struct pollfd p = {table, POLLPRI, 0};
  /* Where nobody has looked, or can tell, they may have changed. */
  if (table < 0 || poll(&p, 1, 0) != 0)
    changes++;
  if (table < 0)
    table = openat(l->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
  return changes;
}

/* Of the host's files that the plan names: which they are. */
static uint32_t look(const struct sj_plan *plan, struct file *out) {
  uint32_t n = 0;
  for (unsigned section = SJ_OUTER; section <= SJ_SETUP; section++) {
    const struct sj_op *op = plan->section[section];
    for (uint32_t i = 0; i < plan->count[section]; i++, op++) {
      struct stat st;
      if (op->code != SJ_OP_OPEN_TREE || (op->flags & SJ_SELF))
        continue;
      memset(&out[n], 0, sizeof out[n]);
      if (fstatat(AT_FDCWD, op->str[0], &st, AT_SYMLINK_NOFOLLOW) == 0)
        out[n] = (struct file){st.st_dev, st.st_ino};
      n++;
    }
  }
  return n;
}

struct sj_sources *sj_sources_of(struct sj_launcher *l, const struct sj_plan *plan) {
  struct file file[SJ_OPS_MAX];
  uint64_t mounts = changes_of_mounts(l);
  uint32_t count = look(plan, file);
  struct sj_sources *s = malloc(sizeof *s + count * sizeof file[0]);
  if (s == NULL)
    return NULL;
  s->mounts = mounts;
  s->count = count;
  if (count > 0)
    memcpy(s->file, file, count * sizeof file[0]);
  return s;
}

bool sj_sources_changed(struct sj_launcher *l, const struct sj_plan *plan, const struct sj_sources *before) {
  struct file now[SJ_OPS_MAX];
  if (changes_of_mounts(l) != before->mounts)
    return true;
  uint32_t count = look(plan, now);
  if (count != before->count)
    return true;
  for (uint32_t i = 0; i < count; i++)
    if (now[i].device != before->file[i].device || now[i].inode != before->file[i].inode)
      return true;
  return false;
}

void sj_sources_close(void) {
  if (table >= 0)
    close(table);
  table = -1;
}
