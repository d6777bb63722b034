#define _GNU_SOURCE
#include "kernel/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/syscalls.h"

struct entry {
  pid_t pid;
  pid_t parent;
  bool marked;
};

static pid_t parent_of(int proc, const char *name) {
  char path[300], text[512];
  snprintf(path, sizeof path, "%.255s/stat", name);
  int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0)
    return -1;
  text[n] = 0;
  /* The name of the command may hold anything; the last parenthesis ends it. */
  const char *end = strrchr(text, ')');
  int parent = -1;
  if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1)
    return -1;
  return parent;
}

static struct entry *list(int proc, size_t *count) {
  int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  struct entry *all = NULL;
  size_t n = 0, room = 0;
  if (dir == NULL)
    return NULL;
  for (struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (e->d_name[0] < '1' || e->d_name[0] > '9')
      continue;
    pid_t parent = parent_of(proc, e->d_name);
    if (parent < 0)
      continue;
    if (n == room) {
      room = room == 0 ? 256 : room * 2;
      struct entry *more = realloc(all, room * sizeof *all);
      if (more == NULL)
        break;
      all = more;
    }
    all[n++] = (struct entry){(pid_t)atoi(e->d_name), parent, false};
  }
  closedir(dir);
  *count = n;
  return all;
}

int sj_has_other_children(int proc, bool (*spared)(pid_t, pid_t)) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "self/task/%d/children", getpid());
  int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  pid_t pid = 0;
  int others = 0;
  ssize_t n;
  while (others == 0 && (n = read(fd, text, sizeof text)) > 0)
    for (ssize_t i = 0; i < n && others == 0; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        others = !spared(pid, getpid());
        pid = 0;
      }
    }
  if (n < 0)
    others = -1;
  close(fd);
  return others;
}

/*
 * The number may be that of another process by now, of anybody. One that has the same parent is a descendant like the one that was
 * read, and so is one that has come to `top` meanwhile; another is left for the next look.
 */
static bool kill_entry(int proc, const struct entry *e, pid_t top) {
  char name[16];
  int fd = sj_pidfd_open(e->pid);
  if (fd < 0 && errno != ENOSYS && errno != EPERM)
    return false;
  snprintf(name, sizeof name, "%d", (int)e->pid);
  pid_t parent = parent_of(proc, name);
  bool same = parent == e->parent || parent == top;
  bool killed = same && (fd < 0 ? kill(e->pid, SIGKILL) : sj_pidfd_send_signal(fd, SIGKILL)) == 0;
  if (fd >= 0)
    close(fd);
  return killed;
}

int sj_kill_descendants(int proc, pid_t top, bool (*spared)(pid_t, pid_t)) {
  size_t n = 0;
  struct entry *all = list(proc, &n);
  int killed = 0;
  if (all == NULL)
    return -1;
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < n; i++) {
      if (all[i].marked || (spared != NULL && spared(all[i].pid, all[i].parent)))
        continue;
      bool below = all[i].parent == top;
      for (size_t k = 0; !below && k < n; k++)
        below = all[k].marked && all[k].pid == all[i].parent;
      if (below) {
        all[i].marked = more = true;
        killed += kill_entry(proc, &all[i], top);
      }
    }
  }
  free(all);
  return killed;
}
