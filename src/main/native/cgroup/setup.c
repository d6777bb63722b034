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
#include "cgroup/removal.h"
#include "cgroup/root.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "setup/supervisor.h"

enum { CGROUP = 3, TEXT_SIZE = 8192 };

void sj_cgroup_name(uint64_t box, char name[SJ_BOX_NAME_SIZE]) {
  snprintf(name, SJ_BOX_NAME_SIZE, "s%llu", (unsigned long long)box);
}

int sj_cgroup_open(const struct sj_box *b, uint64_t hierarchy, const char *file, int flags) {
  char name[SJ_BOX_NAME_SIZE], path[SJ_BOX_NAME_SIZE + 256];
  if (b->named != NULL)
    return openat(b->named[hierarchy].base != NULL ? b->named[hierarchy].leaf : -1, file, flags | O_CLOEXEC | O_NOFOLLOW);
  sj_cgroup_name(b->id, name);
  if (snprintf(path, sizeof path, "%s/%s", name, file) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return openat(sj_area_directory(hierarchy), path, flags | O_CLOEXEC | O_NOFOLLOW);
}

/* The kernel takes a setting in one write, and tells in it what is wrong. */
static int write_text(const struct sj_box *b, uint64_t hierarchy, const char *file, const char *text) {
  int fd = sj_cgroup_open(b, hierarchy, file, O_WRONLY);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, text, strlen(text));
  int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : 0;
}

bool sj_cgroup_slurp(int fd, char *text, size_t size) {
  size_t done = 0;
  for (ssize_t n; done < size - 1; done += (size_t)n) {
    n = pread(fd, text + done, size - 1 - done, (off_t)done);
    if (n < 0)
      return false;
    if (n == 0)
      break;
  }
  text[done] = 0;
  return true;
}

static bool read_text(const struct sj_box *b, const struct sj_op *op, char *text, size_t size) {
  int fd = sj_cgroup_open(b, op->num[0], op->str[0], O_RDONLY);
  text[0] = 0;
  if (fd < 0)
    return false;
  bool good = sj_cgroup_slurp(fd, text, size);
  close(fd);
  return good;
}

/* ---------------------------------------------------------------- making */

static int fail(struct sj_context *c, const struct sj_box *b, const char *call, const struct sj_op *op) {
  char what[512], name[SJ_BOX_NAME_SIZE];
  int error = errno;
  const struct sj_named *named = b->named == NULL ? NULL : &b->named[op->num[0]];
  const char *file = op->str[0] != NULL ? op->str[0] : "";
  sj_cgroup_name(c->id, name);
  if (named != NULL && named->base != NULL)
    snprintf(what, sizeof what, "%s/%s/%s", named->base[0] != 0 ? named->base : sj_area_path(op->num[0]), named->path, file);
  else
    snprintf(what, sizeof what, "%s/%s/%s", sj_area_path(op->num[0]), name, file);
  errno = error;
  return sj_fail(c, call, what);
}

static int make(struct sj_context *c, const struct sj_box *b, const struct sj_op *op) {
  char name[SJ_BOX_NAME_SIZE];
  if (op->flags & SJ_OPTIONAL)
    return 0;
  sj_cgroup_name(c->id, name);
  return mkdirat(sj_area_directory(op->num[0]), name, 0755) == 0 ? 0 : fail(c, b, "mkdir", op);
}

/*
 * CLONE_INTO_CGROUP asks whether the cloning process may write cgroup.procs there and in the nearest cgroup above both. The first
 * becomes the supervisor's. The second, the area's, has to be writable for the supervisors of all sandboxes; that lets nobody move a
 * process who may not write cgroup.procs of the cgroup that it is to come to as well, and the area itself takes none.
 */
static int share(const struct sj_box *b, const struct sj_context *c, const struct sj_op *op) {
  unsigned inside, outside;
  if (c->start == NULL || sscanf(c->start->uid_map, "%u %u", &inside, &outside) != 2) {
    errno = EPROTO;
    return -1;
  }
  int leaf = sj_cgroup_open(b, op->num[0], op->str[0], O_RDONLY);
  if (leaf < 0)
    return -1;
  int result = fchown(leaf, outside, (gid_t)-1);
  close(leaf);
  return result == 0 ? fchmodat(sj_area_directory(op->num[0]), op->str[0], 0666, 0) : -1;
}

static int join(struct sj_box *b, struct sj_context *c, const struct sj_op *op, struct sj_entry *entry) {
  if (op->flags & SJ_INTO) {
    if ((op->flags & SJ_SHARED) && share(b, c, op) != 0)
      return fail(c, b, "fchown", op);
    entry->into = sj_cgroup_open(b, op->num[0], ".", O_RDONLY | O_DIRECTORY);
    return entry->into >= 0 ? 0 : fail(c, b, "open", op);
  }
  int fd = sj_cgroup_open(b, op->num[0], op->str[0], O_WRONLY);
  if (fd < 0 || entry->nfiles == SJ_HIERARCHIES_MAX)
    return fail(c, b, "open", op);
  entry->files[entry->nfiles++] = fd;
  return 0;
}

static int step(struct sj_launcher *l, struct sj_box *b, struct sj_context *c, const struct sj_op *op, struct sj_entry *entry) {
  if (sj_area_directory(op->num[0]) < 0) {
    errno = ENODEV;
    return sj_fail(c, "area", "");
  }
  switch (op->code) {
  case SJ_OP_CGROUP:
    return make(c, b, op);
  case SJ_OP_CGROUP_WRITE:
    return write_text(b, op->num[0], op->str[0], op->str[1]) == 0 ? 0 : fail(c, b, "write", op);
  case SJ_OP_CGROUP_JOIN:
    return join(b, c, op, entry);
  case SJ_OP_CGROUP_OOM:
    return sj_watch_oom(l, b, op->num[0], op->str[0], op->str[1]) == 0 ? 0 : fail(c, b, "write(cgroup.event_control)", op);
  case SJ_OP_CGROUP_DEVICES: {
    int dir = sj_cgroup_open(b, op->num[0], ".", O_RDONLY | O_DIRECTORY);
    int result = dir < 0 ? -1 : sj_attach_devices(dir, op->blob, op->blob_size);
    if (dir >= 0)
      close(dir);
    return result == 0 ? 0 : fail(c, b, "bpf", op);
  }
  default:
    return 0; /* for later */
  }
}

static int send_entry(struct sj_context *c, const struct sj_box *b, const struct sj_entry *entry) {
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
  if (sj_send(b->control, SJ_ENTRY, b->id, body, w.length, fds, n) != 0 && errno != EPIPE && errno != ECONNRESET)
    return sj_fail(c, "sendmsg", "cgroup");
  return 0;
}

void sj_cgroup_at(struct sj_context *c, const struct sj_box *b, uint32_t index) {
  c->section = SJ_IN_CGROUP;
  c->opcode = c->plan->section[CGROUP][index].code;
  c->index = index;
  sj_fault_launcher(b->supervisor);
}

int sj_cgroup_steps(struct sj_launcher *l, struct sj_box *b, struct sj_context *c) {
  struct sj_entry entry = {.nfiles = 0, .into = -1};
  const struct sj_op *op = c->plan->section[CGROUP];
  int result = 0;
  for (uint32_t i = 0; i < c->plan->count[CGROUP] && result == 0; i++, op++) {
    sj_cgroup_at(c, b, i);
    result = step(l, b, c, op, &entry);
  }
  if (result == 0)
    result = send_entry(c, b, &entry);
  if (entry.into >= 0)
    close(entry.into);
  for (uint32_t i = 0; i < entry.nfiles; i++)
    close(entry.files[i]);
  return result;
}

int sj_cgroup_make(struct sj_launcher *l, struct sj_box *b, struct sj_context *c) {
  switch (sj_grave_make(b, c)) {
  case SJ_MADE:
    return sj_cgroup_steps(l, b, c);
  case SJ_LATER:
    return sj_grave_wait(b, c);
  default:
    return -1;
  }
}

/* ---------------------------------------------------------------- in use */

static const struct sj_op *find(const struct sj_box *b, uint16_t code, uint32_t *at) {
  const struct sj_plan *plan = b->plan == NULL ? NULL : &b->plan->plan;
  for (uint32_t i = *at; plan != NULL && i < plan->count[CGROUP]; i++)
    if (plan->section[CGROUP][i].code == code) {
      *at = i + 1;
      return &plan->section[CGROUP][i];
    }
  return NULL;
}

void sj_cgroup_kill(const struct sj_box *b) {
  uint32_t at = 0;
  for (const struct sj_op *op; (op = find(b, SJ_OP_CGROUP_KILL, &at)) != NULL;)
    (void)write_text(b, op->num[0], op->str[0], op->str[1]); /* absent where nothing was frozen; the processes are killed one by one too */
}

void sj_cgroup_read(const struct sj_box *b, struct sj_writer *w) {
  char text[TEXT_SIZE];
  uint32_t at = 0, count = 0;
  size_t place = w->length;
  sj_put_u32(w, 0);
  for (const struct sj_op *op; (op = find(b, SJ_OP_CGROUP_READ, &at)) != NULL; count++) {
    (void)read_text(b, op, text, sizeof text);
    sj_put_str(w, w->size - w->length > strlen(text) + 1024 ? text : "");
  }
  sj_patch_u32(w, place, count);
}

uint64_t sj_cgroup_cpu_time(const struct sj_box *b) {
  char text[TEXT_SIZE];
  uint32_t at = 0;
  const struct sj_op *op = find(b, SJ_OP_CGROUP_CPU, &at);
  if (op == NULL || !read_text(b, op, text, sizeof text))
    return 0;
  const char *key = op->str[1], *line = text;
  size_t n = strlen(key);
  while (n > 0 && (strncmp(line, key, n) != 0 || line[n] != ' ')) {
    line = strchr(line, '\n');
    if (line == NULL)
      return 0;
    line++;
  }
  return strtoull(line + n, NULL, 10) * op->num[1];
}

void sj_cgroup_bury(struct sj_box *b) {
  uint32_t from = 0, hierarchies = 0;
  for (const struct sj_op *op; (op = find(b, SJ_OP_CGROUP, &from)) != NULL;)
    hierarchies |= 1u << op->num[0];
  sj_grave_dig(b, hierarchies);
}

/* ---------------------------------------------------------------- in the sandbox's own processes */

/* Out of the way of the numbers that the program's own descriptors get. */
static int raise_entry(struct sj_entry *entry) {
  for (uint32_t i = 0; i < entry->nfiles; i++)
    if (sj_raise(&entry->files[i]) != 0)
      return -1;
  return entry->into >= 0 ? sj_raise(&entry->into) : 0;
}

int sj_cgroup_wait(struct sj_context *c) {
  uint8_t *buffer;
  struct sj_message m;
  int result = -1;
  if (c->entry.known)
    return 0;
  c->entry.known = true;
  c->entry.into = -1;
  c->entry.nfiles = 0;
  if (c->plan->count[CGROUP] == 0)
    return 0;
  sj_at(c, SJ_IN_CGROUP, 0, 0);
  buffer = malloc(SJ_BUFFER_SIZE);
  if (buffer == NULL)
    return sj_fail(c, "malloc", "");
  /* Anything else than the entry is a request to end. */
  if (sj_receive(c->control, buffer, &m) == SJ_GOT_MESSAGE && m.head.type == SJ_ENTRY && m.head.length == 4 && m.nfds <= SJ_HIERARCHIES_MAX) {
    uint32_t i = 0;
    if (m.body[0] != 0 && m.nfds > 0)
      c->entry.into = m.fds[i++];
    for (c->entry.nfiles = 0; i < m.nfds; i++)
      c->entry.files[c->entry.nfiles++] = m.fds[i];
    m.nfds = 0;
    result = raise_entry(&c->entry) == 0 ? 0 : sj_fail(c, "fcntl(F_DUPFD)", "");
  }
  sj_free_message(&m);
  free(buffer);
  sj_done(c);
  return result;
}

int sj_cgroup_enter(struct sj_context *c) {
  for (uint32_t i = 0; i < c->entry.nfiles; i++)
    if (write(c->entry.files[i], "0", 1) != 1)
      return sj_fail(c, "write", "cgroup");
  return 0;
}

int sj_do_cgroup_namespace(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  return unshare(CLONE_NEWCGROUP) == 0 ? 0 : sj_fail(c, "unshare(CLONE_NEWCGROUP)", "");
}
