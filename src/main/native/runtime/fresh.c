#define _GNU_SOURCE
#include "runtime/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cgroups.h"
#include "runtime/log.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, TRIES = 16 };

/* Whether there was something that nobody can use, and is gone now. */
static bool removed_garbage(int root, const char *id) {
  struct sj_container old;
  sj_container_begin(&old, root, id);
  old.dir = openat(root, id, DIRECTORY);
  if (old.dir < 0)
    return errno == ENOENT;
  bool gone = false;
  struct stat st;
  if (fstat(old.dir, &st) != 0 || (st.st_uid != geteuid() && st.st_uid != 0)) {
    close(old.dir);
    return false; /* another user's: nothing in it is believed */
  }
  if (sj_container_flock(&old, LOCK_EX | LOCK_NB) == 0) {
    sj_container_read(&old);
    if (!old.has_state || !old.state.created)
      gone = sj_cgroups_end(&old) == 0 && sj_container_remove(&old) == 0;
  } else {
    gone = errno == ENOENT;
  }
  if (old.lock >= 0)
    close(old.lock);
  close(old.dir);
  return gone;
}

int sj_container_make(struct sj_container *c, int root, const char *id) {
  sj_container_begin(c, root, id);
  if (!sj_is_id(id))
    return sj_error("invalid container ID \"%s\"", id);
  for (unsigned i = 0; i < TRIES; i++) {
    if (mkdirat(root, id, 0700) == 0) {
      c->dir = openat(root, id, DIRECTORY);
      if (c->dir >= 0 && sj_container_flock(c, LOCK_EX) == 0)
        return 0;
      if (errno != ENOENT)
        return sj_error("make container \"%s\": %s", id, sj_reason(errno));
      continue; /* somebody has taken it for garbage in between */
    }
    if (errno != EEXIST)
      return sj_error("make container \"%s\": %s", id, sj_reason(errno));
    if (!removed_garbage(root, id))
      break;
  }
  return sj_error("container with given ID already exists: %s", id);
}
