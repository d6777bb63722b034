#define _GNU_SOURCE
#include "cgroup/subtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Of one call, so that the launcher has time for others in between. */
enum { STEPS = 64, DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };

void sj_cgroup_walk_end(struct sj_cgroup_walk *w) {
  if (w->below)
    close(w->at);
  *w = (struct sj_cgroup_walk){0};
}

/* There is one descriptor for all levels: whoever made them chose how many there are. */
static bool go(struct sj_cgroup_walk *w, int dir, const char *name, int levels) {
  int fd = openat(dir, name, DIRECTORY);
  if (fd < 0) {
    sj_cgroup_walk_end(w);
    return false;
  }
  if (w->below)
    close(w->at);
  *w = (struct sj_cgroup_walk){true, fd, w->level + (unsigned)levels};
  return true;
}

static bool is_cgroup(const struct dirent *e) {
  return e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static bool rmdir_at(int dir, const char *name) {
  return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* How many went of those at this level. `kept` is the first that did not go, or "" if nothing is left or there are no steps left. */
static unsigned clear(struct sj_cgroup_walk *w, unsigned *steps, char kept[256]) {
  unsigned gone = 0;
  int fd = openat(w->at, ".", DIRECTORY);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  kept[0] = 0;
  if (list == NULL) {
    if (fd >= 0)
      close(fd);
    return 0;
  }
  for (struct dirent *e; *steps > 0 && kept[0] == 0 && (e = readdir(list)) != NULL;) {
    if (!is_cgroup(e))
      continue;
    --*steps;
    if (rmdir_at(w->at, e->d_name))
      gone++;
    else
      strcpy(kept, e->d_name);
  }
  closedir(list);
  return gone;
}

enum sj_removed sj_cgroup_remove_in(int directory, const char *name, struct sj_cgroup_walk *w) {
  char kept[256];
  bool entered = false; /* and not left since */
  if (!w->below) {
    if (rmdir_at(directory, name))
      return SJ_GONE;
    if (!(entered = go(w, directory, name, 0)))
      return SJ_STUCK;
  }
  for (unsigned steps = STEPS; steps > 0;) {
    unsigned gone = clear(w, &steps, kept);
    if (steps == 0)
      break;
    --steps;
    if (kept[0] != 0) {
      if (!(entered = go(w, w->at, kept, 1)))
        return SJ_STUCK;
    } else if (entered && gone == 0) {
      return SJ_STUCK; /* nothing is below it, and it did not go: its processes are on their way out */
    } else if (w->level == 0) {
      sj_cgroup_walk_end(w);
      return rmdir_at(directory, name) ? SJ_GONE : SJ_STUCK;
    } else if (!go(w, w->at, "..", -1)) {
      return SJ_STUCK;
    } else {
      entered = false;
    }
  }
  return SJ_LEFT;
}
