#define _GNU_SOURCE
#include "kernel/fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/syscalls.h"

/* Of a caller with a low limit (ulimit -n 256, say). */
static bool beyond_limit(int number) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= (rlim_t)number + SJ_HIGH_FD_ROOM;
}

int sj_raise(int *fd) {
  int least = beyond_limit(SJ_HIGH_FD) ? SJ_HIGH_FD_LEAST : SJ_HIGH_FD;
  if (*fd < 0 || *fd >= least)
    return 0;
  int high = fcntl(*fd, F_DUPFD_CLOEXEC, least);
  if (high < 0) {
    if (errno == EINVAL)
      errno = EMFILE; /* what it means when the number is the limit's fault */
    return -1;
  }
  close(*fd);
  *fd = high;
  return 0;
}

static bool is_kept(int fd, const int *keep, unsigned n) {
  for (unsigned i = 0; i < n; i++)
    if (keep[i] == fd)
      return true;
  return false;
}

/*
 * Without close_range: what /proc says is open. Closing while reading a directory may skip entries, so repeat until nothing is found.
 * The procfs itself goes last, because each round needs it.
 */
static int close_listed(int proc, int low, const int *keep, unsigned n) {
  for (bool found = true; found;) {
    found = false;
    int fd = openat(proc, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL)
      return -1;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
      char *end;
      long number = strtol(e->d_name, &end, 10);
      if (end == e->d_name || *end != 0 || number < low || number == dirfd(dir) || number == proc ||
          is_kept((int)number, keep, n))
        continue;
      if (close((int)number) == 0)
        found = true;
    }
    closedir(dir);
  }
  if (proc >= low && !is_kept(proc, keep, n))
    close(proc);
  return 0;
}

static int compare(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

int sj_close_others(int proc, int low, const int *keep, unsigned n) {
  int sorted[1024];
  if (n > sizeof sorted / sizeof sorted[0]) {
    errno = E2BIG;
    return -1;
  }
  if (n > 0)
    memcpy(sorted, keep, n * sizeof *keep);
  qsort(sorted, n, sizeof *sorted, compare);
  unsigned from = (unsigned)low;
  for (unsigned i = 0; i <= n; i++) {
    if (i < n && (sorted[i] < 0 || (unsigned)sorted[i] < from))
      continue;
    unsigned to = i < n ? (unsigned)sorted[i] - 1 : ~0u;
    if ((i == n || (unsigned)sorted[i] > from) && sj_close_range(from, to, 0) != 0)
      return errno == ENOSYS || errno == EPERM ? close_listed(proc, low, keep, n) : -1;
    if (i < n)
      from = (unsigned)sorted[i] + 1;
  }
  return 0;
}
