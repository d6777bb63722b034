#define _GNU_SOURCE
#include "cgroup/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/moves.h"

enum { TRIES = 1000 };

static struct {
  uint32_t count;
  int directory[SJ_HIERARCHIES_MAX];
  char *path[SJ_HIERARCHIES_MAX];
  uint32_t actions;
  char **action; /* three strings each */
} root;

static char *copy(const char *s) {
  char *new = strdup(s);
  if (new == NULL)
    abort();
  return new;
}

bool sj_cgroup_root_open(const struct sj_cgroup_root *given) {
  if (root.count > 0)
    return false;
  for (uint32_t i = 0; i < given->directories.count; i++) {
    int fd = open(given->directories.items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
      while (i-- > 0)
        close(root.directory[i]);
      return false;
    }
    root.directory[i] = fd;
  }
  for (uint32_t i = 0; i < given->directories.count; i++)
    root.path[i] = copy(given->directories.items[i]);
  root.action = calloc((size_t)given->actions.count + 1, sizeof *root.action);
  if (root.action == NULL)
    abort();
  for (uint32_t i = 0; i < given->actions.count; i++)
    root.action[i] = copy(given->actions.items[i]);
  root.actions = given->actions.count / 3;
  root.count = given->directories.count;
  return true;
}

int sj_cgroup_root_directory(uint64_t hierarchy) {
  return hierarchy < root.count ? root.directory[hierarchy] : -1;
}

const char *sj_cgroup_root_path(uint64_t hierarchy) {
  return hierarchy < root.count ? root.path[hierarchy] : "";
}

enum sj_removed sj_cgroup_root_remove(uint32_t hierarchy, const char *name, struct sj_cgroup_walk *walk) {
  return sj_cgroup_remove_in(sj_cgroup_root_directory(hierarchy), name, walk);
}

static bool write_file(const char *directory, const char *file, const char *text) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s%s%s", directory, file[0] != 0 ? "/" : "", file) >= (int)sizeof path)
    return false;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool good = fd >= 0 && write(fd, text, strlen(text)) >= 0;
  if (fd >= 0)
    close(fd);
  return good;
}

static void pause_between_tries(void) {
  const struct timespec soon = {0, 2000000};
  nanosleep(&soon, NULL);
}

/* Others have it for as long as they look at what there is; a stranger who keeps it is not waited for. */
static int lock(const char *directory) {
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  for (unsigned i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
    if (i == TRIES) {
      close(fd);
      return -1;
    }
    pause_between_tries();
  }
  return fd;
}

/* What nobody has locked is a dead launcher's; its processes may need a moment to go. */
static bool sweep(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return errno == ENOENT;
  enum sj_removed removed = SJ_STUCK;
  struct sj_cgroup_walk walk = {0};
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    int kill = openat(fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    if (kill >= 0) {
      (void)!write(kill, "1", 1);
      close(kill);
    }
    for (unsigned i = 0; i < TRIES && (removed = sj_cgroup_remove_in(dir, name, &walk)) != SJ_GONE; i++)
      if (removed == SJ_STUCK)
        pause_between_tries();
    sj_cgroup_walk_end(&walk);
  }
  close(fd);
  return removed == SJ_GONE;
}

static bool none(const char *directory, const char *pattern) {
  DIR *list = opendir(directory);
  bool good = list != NULL;
  for (struct dirent *e; good && (e = readdir(list)) != NULL;)
    if (e->d_type == DT_DIR && fnmatch(pattern, e->d_name, 0) == 0)
      good = sweep(dirfd(list), e->d_name);
  if (list != NULL)
    closedir(list);
  return good;
}

static void run_actions(void) {
  int locked = -1;
  bool good = true;
  for (uint32_t i = 0; i < root.actions && good; i++) {
    char **a = root.action + 3 * (size_t)i;
    if (strcmp(a[0], "lock") == 0)
      good = locked < 0 && (locked = lock(a[1])) >= 0;
    else
      good = strcmp(a[0], "move") == 0     ? sj_cgroup_move_all(a[1], a[2])
             : strcmp(a[0], "write") == 0  ? write_file(a[1], "", a[2])
             : strcmp(a[0], "none") == 0   ? none(a[1], a[2])
             : strcmp(a[0], "remove") == 0 ? rmdir(a[1]) == 0 || errno == ENOENT
                                           : false;
  }
  if (locked >= 0)
    close(locked);
}

void sj_cgroup_root_close(void) {
  run_actions();
  for (uint32_t i = 0; i < root.count; i++) {
    close(root.directory[i]);
    free(root.path[i]);
  }
  for (uint32_t i = 0; i < 3 * root.actions; i++)
    free(root.action[i]);
  free(root.action);
  memset(&root, 0, sizeof root);
}
