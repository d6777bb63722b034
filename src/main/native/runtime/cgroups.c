#define _GNU_SOURCE
#include "runtime/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/root.h"
#include "cgroup/subtree.h"
#include "kernel/procfs.h"
#include "kernel/syscalls.h"
#include "runtime/log.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, DEPTH_MAX = 64, ROUNDS = 200 };

static int write_text(int dir, const char *file, const char *text) {
  int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, text, strlen(text));
  int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : 0;
}

/* ---------------------------------------------------------------- making */

/* Opens the directory that is to hold the last name of the path, making what is missing where `writes` is not NULL. */
static int open_parent(const struct sj_op *op, const struct sj_strv *writes, const char **last) {
  char path[SJ_CGROUP_PATH_MAX], *rest = NULL;
  const char *slash = strrchr(op->str[1], '/');
  *last = slash == NULL ? op->str[1] : slash + 1;
  snprintf(path, sizeof path, "%.*s", (int)(*last - op->str[1]), op->str[1]);
  int dir = open(op->str[0], DIRECTORY);
  for (char *name = strtok_r(path, "/", &rest); name != NULL && dir >= 0; name = strtok_r(NULL, "/", &rest)) {
    bool made = writes != NULL && mkdirat(dir, name, 0755) == 0;
    int next = openat(dir, name, DIRECTORY);
    for (uint32_t i = 0; next >= 0 && made && i + 1 < writes->count; i += 2)
      if (write_text(next, writes->items[i], writes->items[i + 1]) != 0) {
        int error = errno;
        close(next);
        next = -1;
        errno = error;
      }
    int error = errno;
    close(dir);
    dir = next;
    errno = error;
  }
  return dir;
}

static bool holds_processes(int dir, unsigned depth);

static bool holds_below(int dir, unsigned depth) {
  int fd = depth == 0 ? -1 : openat(dir, ".", DIRECTORY);
  DIR *below = fd < 0 ? NULL : fdopendir(fd);
  bool any = below == NULL;
  for (struct dirent *e; !any && (e = readdir(below)) != NULL;) {
    if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
      continue;
    int next = openat(dir, e->d_name, DIRECTORY);
    any = next >= 0 ? holds_processes(next, depth - 1) : errno != ENOENT;
    if (next >= 0)
      close(next);
  }
  if (below != NULL)
    closedir(below);
  return any;
}

/* There or anywhere below. What can't be read counts as held. */
static bool holds_processes(int dir, unsigned depth) {
  char text[256];
  int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  bool tells = fd >= 0;
  if (!tells)
    fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && sj_read_text(fd, text, sizeof text);
  if (fd >= 0)
    close(fd);
  if (tells)
    return !good || strstr(text, "populated 0") == NULL;
  return !good || text[0] != 0 || holds_below(dir, depth);
}

static int refuse(const struct sj_op *op) {
  return sj_error("container's cgroup is not empty: %s/%s", op->str[0], op->str[1]);
}

/* Nothing is made yet: whatever is refused here stays as it is. */
static int look(struct sj_container *c, const struct sj_op *op) {
  const char *name;
  int parent = open_parent(op, NULL, &name);
  int leaf = parent < 0 ? -1 : openat(parent, name, DIRECTORY);
  bool held = leaf >= 0 && holds_processes(leaf, DEPTH_MAX);
  if (leaf >= 0)
    close(leaf);
  if (parent >= 0)
    close(parent);
  c->cgroups[op->num[0]] = held ? SJ_NOT_TAKEN : SJ_TAKING;
  return held ? refuse(op) : 0;
}

/* The lock is held until the process is there: two creates can't both find it empty. */
static int make_one(struct sj_container *c, struct sj_cgroup_path *n, const struct sj_op *op) {
  const char *name;
  n->base = strdup(op->str[0]);
  n->path = strdup(op->str[1]);
  n->mark = strdup("");
  n->leaf = -1;
  n->top = open_parent(op, &op->list, &name);
  if (n->base == NULL || n->path == NULL || n->mark == NULL)
    abort();
  if (n->top >= 0 && (mkdirat(n->top, name, 0755) == 0 || errno == EEXIST))
    n->leaf = openat(n->top, name, DIRECTORY);
  if (n->leaf < 0)
    return sj_error("make the cgroup %s/%s: %s", n->base, n->path, sj_reason(errno));
  if (flock(n->leaf, LOCK_EX | LOCK_NB) == 0 && !holds_processes(n->leaf, DEPTH_MAX)) {
    c->cgroups[op->num[0]] = SJ_TAKEN;
    return 0;
  }
  c->cgroups[op->num[0]] = SJ_NOT_TAKEN; /* another's by now */
  return refuse(op);
}

/*
 * The hierarchies have the numbers that the plan gives them, in ascending order. Written down before a process is anywhere: what is
 * being taken is removed if it is empty, and only what was taken is ended.
 */
int sj_cgroups_make(struct sj_cgroup *g, struct sj_container *c) {
  const char *bases[SJ_HIERARCHIES_MAX + 1];
  struct sj_cgroup_root root = {{0, bases}, {0, NULL}};
  const struct sj_plan *plan = &c->compiled.plan;
  const struct sj_op *op = plan->section[SJ_CGROUP];
  int result = 0;
  g->plan = plan;
  g->paths = calloc(SJ_HIERARCHIES_MAX, sizeof *g->paths);
  if (g->paths == NULL)
    abort();
  for (uint32_t i = 0; i < plan->count[SJ_CGROUP]; i++) {
    if (op[i].code != SJ_OP_CGROUP_AT)
      continue;
    if (op[i].num[0] != root.directories.count || op[i].num[0] >= SJ_HIERARCHIES_MAX)
      return sj_error("the plan's cgroups are out of order");
    if (look(c, &op[i]) != 0)
      return -1;
    bases[root.directories.count++] = op[i].str[0];
  }
  if (root.directories.count == 0)
    return 0;
  if (sj_cgroups_write(c) != 0)
    return -1;
  for (uint32_t i = 0; i < plan->count[SJ_CGROUP] && result == 0; i++)
    if (op[i].code == SJ_OP_CGROUP_AT)
      result = make_one(c, &g->paths[op[i].num[0]], &op[i]);
  if (sj_cgroups_write(c) != 0 || result != 0)
    return -1;
  return sj_cgroup_root_open(&root) ? 0 : sj_error("open the cgroup file systems: %s", sj_reason(errno));
}

/* ---------------------------------------------------------------- what there is */

/* Calls `visit` with each of the container's cgroups that is as far; stops at the first that is not 0, and returns it. */
static int each_that(const struct sj_container *c, enum sj_taken taken, int (*visit)(int parent, const char *name, int leaf, void *), void *data) {
  int result = 0;
  const struct sj_plan *plan = &c->compiled.plan;
  for (uint32_t i = 0; c->has_compiled && i < plan->count[SJ_CGROUP] && result == 0; i++) {
    const struct sj_op *op = &plan->section[SJ_CGROUP][i];
    const char *name;
    if (op->code != SJ_OP_CGROUP_AT || op->num[0] >= SJ_HIERARCHIES_MAX || c->cgroups[op->num[0]] != (char)taken)
      continue;
    int parent = open_parent(op, NULL, &name);
    int leaf = parent < 0 ? -1 : openat(parent, name, DIRECTORY);
    if (leaf >= 0)
      result = visit(parent, name, leaf, data);
    if (leaf >= 0)
      close(leaf);
    if (parent >= 0)
      close(parent);
  }
  return result;
}

static int each(const struct sj_container *c, int (*visit)(int parent, const char *name, int leaf, void *), void *data) {
  return each_that(c, SJ_TAKEN, visit, data);
}

static int look_frozen(int parent, const char *name, int leaf, void *data) {
  static const char *const files[] = {"freezer.state", "cgroup.freeze"};
  char text[32];
  (void)parent;
  (void)name;
  (void)data;
  for (unsigned i = 0; i < 2; i++) {
    int fd = openat(leaf, files[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = fd >= 0 && sj_read_text(fd, text, sizeof text);
    if (fd >= 0)
      close(fd);
    if (good && (strncmp(text, "FROZEN", 6) == 0 || strncmp(text, "FREEZING", 8) == 0 || text[0] == '1'))
      return 1;
  }
  return 0;
}

bool sj_cgroups_frozen(const struct sj_container *c) {
  return each(c, look_frozen, NULL) != 0;
}

/* ---------------------------------------------------------------- signals */

static bool is_listed(int dir, long pid) {
  int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  FILE *list = fd < 0 ? NULL : fdopen(fd, "re");
  bool found = false;
  char line[32];
  while (list != NULL && !found && fgets(line, sizeof line, list) != NULL)
    found = strtol(line, NULL, 10) == pid;
  if (list != NULL)
    fclose(list);
  return found;
}

/* The number may be another process's by now: one that is listed while we hold it is the one that we hold. */
static void signal_one(int dir, long pid, int sig) {
  int process = pid > 0 ? sj_pidfd_open((pid_t)pid) : -1;
  if (process < 0)
    return;
  if (is_listed(dir, pid))
    (void)sj_pidfd_send_signal(process, sig);
  close(process);
}

static int signal_below(int dir, int sig, unsigned depth) {
  int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  FILE *list = fd < 0 ? NULL : fdopen(fd, "re");
  char line[32];
  while (list != NULL && fgets(line, sizeof line, list) != NULL)
    signal_one(dir, strtol(line, NULL, 10), sig);
  if (list != NULL)
    fclose(list);
  fd = depth == 0 ? -1 : openat(dir, ".", DIRECTORY);
  DIR *below = fd < 0 ? NULL : fdopendir(fd);
  for (struct dirent *e; below != NULL && (e = readdir(below)) != NULL;) {
    int next = e->d_type == DT_DIR && e->d_name[0] != '.' ? openat(dir, e->d_name, DIRECTORY) : -1;
    if (next < 0)
      continue;
    (void)signal_below(next, sig, depth - 1);
    close(next);
  }
  if (below != NULL)
    closedir(below);
  return 0;
}

static int signal_all(int parent, const char *name, int leaf, void *data) {
  int sig = *(const int *)data;
  (void)parent;
  (void)name;
  if (sig == SIGKILL && write_text(leaf, "cgroup.kill", "1") == 0)
    return 0;
  return signal_below(leaf, sig, DEPTH_MAX);
}

int sj_cgroups_signal(const struct sj_container *c, int sig) {
  return each(c, signal_all, &sig);
}

/* ---------------------------------------------------------------- lists */

static void print_below(int dir, unsigned depth, void (*print)(long pid)) {
  int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  FILE *list = fd < 0 ? NULL : fdopen(fd, "re");
  char line[32];
  while (list != NULL && fgets(line, sizeof line, list) != NULL)
    print(strtol(line, NULL, 10));
  if (list != NULL)
    fclose(list);
  fd = depth == 0 ? -1 : openat(dir, ".", DIRECTORY);
  DIR *below = fd < 0 ? NULL : fdopendir(fd);
  for (struct dirent *e; below != NULL && (e = readdir(below)) != NULL;) {
    int next = e->d_type == DT_DIR && e->d_name[0] != '.' ? openat(dir, e->d_name, DIRECTORY) : -1;
    if (next < 0)
      continue;
    print_below(next, depth - 1, print);
    close(next);
  }
  if (below != NULL)
    closedir(below);
}

/* Every hierarchy has them all: the first is enough. */
static int list_one(int parent, const char *name, int leaf, void *data) {
  void (**print)(long) = data;
  (void)parent;
  (void)name;
  print_below(leaf, DEPTH_MAX, *print);
  return 1;
}

bool sj_cgroups_list(const struct sj_container *c, void (*print)(long pid)) {
  return each(c, list_one, &print) != 0;
}

static int enter_one(int parent, const char *name, int leaf, void *data) {
  (void)parent;
  (void)name;
  (void)data;
  return write_text(leaf, "cgroup.procs", "0");
}

int sj_cgroups_enter(const struct sj_container *c) {
  return each(c, enter_one, NULL);
}

/* ---------------------------------------------------------------- limits */

struct changing {
  const struct sj_change *change;
  int written;
};

static int change_one(int parent, const char *name, int leaf, void *data) {
  struct changing *g = data;
  (void)parent;
  (void)name;
  for (unsigned v = 0; v < 2; v++) {
    const char *file = g->change->file[v];
    if (file[0] == 0)
      continue;
    if (write_text(leaf, file, g->change->value[v]) == 0)
      g->written = 1;
    else if (errno != ENOENT)
      return -1;
  }
  return 0;
}

int sj_cgroups_change(const struct sj_container *c, const struct sj_change *change) {
  struct changing g = {change, 0};
  return each(c, change_one, &g) == 0 ? g.written : -1;
}

struct opening {
  const char *file;
  int flags, fd;
};

static int open_one(int parent, const char *name, int leaf, void *data) {
  struct opening *o = data;
  (void)parent;
  (void)name;
  o->fd = openat(leaf, o->file, o->flags | O_CLOEXEC | O_NOFOLLOW);
  return o->fd >= 0;
}

int sj_cgroups_open(const struct sj_container *c, const char *file, int flags) {
  struct opening o = {file, flags, -1};
  return each(c, open_one, &o) == 1 ? o.fd : -1;
}

struct reading {
  const char *file, *word;
  char *text;
  size_t size;
};

static int read_one(int parent, const char *name, int leaf, void *data) {
  const struct reading *g = data;
  (void)parent;
  (void)name;
  int fd = openat(leaf, g->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && sj_read_text(fd, g->text, g->size) && strstr(g->text, g->word) != NULL;
  if (fd >= 0)
    close(fd);
  return good;
}

bool sj_cgroups_read(const struct sj_container *c, const char *file, const char *word, char *text, size_t size) {
  struct reading g = {file, word, text, size};
  return each(c, read_one, &g) == 1;
}

/* ---------------------------------------------------------------- freezing */

struct freezing {
  bool on;
  bool there; /* something can be frozen here */
  int error;
};

/* v1 does not freeze what is just forking, and is asked again. */
static int freeze(int parent, const char *name, int leaf, void *data) {
  struct freezing *f = data;
  (void)parent;
  (void)name;
  if (write_text(leaf, "freezer.state", f->on ? "FROZEN" : "THAWED") != 0 && errno == ENOENT &&
      write_text(leaf, "cgroup.freeze", f->on ? "1" : "0") != 0 && errno == ENOENT)
    return 0;
  f->there = true;
  return 0;
}

static int look_settled(int parent, const char *name, int leaf, void *data) {
  const struct freezing *f = data;
  char text[256];
  (void)parent;
  (void)name;
  int fd = openat(leaf, "freezer.state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    fd = openat(leaf, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && sj_read_text(fd, text, sizeof text);
  if (fd >= 0)
    close(fd);
  bool frozen = good && (strncmp(text, "FROZEN", 6) == 0 || strstr(text, "frozen 1") != NULL);
  bool tells = good && (strstr(text, "FR") == text || strstr(text, "TH") == text || strstr(text, "frozen ") != NULL);
  return tells && frozen != f->on;
}

static void rest(unsigned round) {
  const struct timespec soon = {0, (round < 20 ? 2 : 20) * 1000000L};
  nanosleep(&soon, NULL);
}

int sj_cgroups_freeze(const struct sj_container *c, bool on) {
  struct freezing f = {.on = on};
  for (unsigned i = 0; i < ROUNDS; i++) {
    (void)each(c, freeze, &f);
    if (!f.there)
      return sj_error("the container's processes can't be frozen: it has no cgroup for that");
    if (each(c, look_settled, &f) == 0)
      return 0;
    rest(i);
  }
  return sj_error("the container's processes do not %s", on ? "freeze" : "thaw");
}

/* ---------------------------------------------------------------- the end */

static int thaw(int parent, const char *name, int leaf, void *data) {
  (void)parent;
  (void)name;
  (void)data;
  (void)write_text(leaf, "freezer.state", "THAWED"); /* what v1 has frozen does not even die; others have no such file */
  return 0;
}

void sj_cgroups_thaw_v1(const struct sj_container *c) {
  (void)each(c, thaw, NULL);
}

/* The dead need a moment to go, and may have forked before. */
static int remove_one(int parent, const char *name, int leaf, void *data) {
  int sig = SIGKILL;
  enum sj_removed removed = SJ_STUCK;
  struct sj_cgroup_walk walk = {0};
  (void)data;
  for (unsigned i = 0; i < ROUNDS && removed != SJ_GONE; i++) {
    (void)signal_all(parent, name, leaf, &sig);
    removed = sj_cgroup_remove_in(parent, name, &walk);
    if (removed == SJ_STUCK)
      rest(i);
  }
  sj_cgroup_walk_end(&walk);
  return removed == SJ_GONE ? 0 : sj_error("the cgroup %s can't be removed: something in it does not end", name);
}

/* No process of ours has been there; whose it is now nobody knows, unless it is empty. */
static int remove_if_empty(int parent, const char *name, int leaf, void *data) {
  (void)leaf;
  (void)data;
  bool good = unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == EBUSY || errno == ENOTEMPTY;
  return good ? 0 : sj_error("remove the cgroup %s: %s", name, sj_reason(errno));
}

int sj_cgroups_end(const struct sj_container *c) {
  if (each_that(c, SJ_TAKING, remove_if_empty, NULL) != 0)
    return -1;
  sj_cgroups_thaw_v1(c);
  return each(c, remove_one, NULL);
}
