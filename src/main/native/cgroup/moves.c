#define _GNU_SOURCE
#include "cgroup/moves.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 64 };

static bool in(const char *directory, const char *file, char *path, size_t size) {
  return snprintf(path, size, "%s/%s", directory, file) < (int)size;
}

static FILE *list_of(const char *directory) {
  char path[4096];
  return in(directory, "cgroup.procs", path, sizeof path) ? fopen(path, "re") : NULL;
}

static bool is_listed(const char *directory, const char *wanted) {
  char pid[32];
  bool found = false;
  FILE *list = list_of(directory);
  if (list == NULL)
    return false;
  while (!found && fgets(pid, sizeof pid, list) != NULL)
    found = strcmp(pid, wanted) == 0;
  fclose(list);
  return found;
}

/*
 * A number read from a list is another process's as soon as the first has been waited for and the numbers have come round. An open
 * directory of /proc stays the process's own, so that the number is written only while the one that is listed has it. The kernel takes
 * nothing but numbers here, and what is left is the moment between that look and the write: whoever gets the number in it is moved too. Only
 * a launcher of root's may move a process of another unit; into its own the kernel lets nobody else. Java, which can ask people, puts such a
 * one back (ProcessMoves); at the launcher's end there is nobody who knows where it belongs.
 */
static void move(const char *from, const char *to, const char *line) {
  char path[4096];
  if (!in("/proc", line, path, sizeof path))
    return;
  path[strcspn(path, "\n")] = 0;
  int process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int file = in(to, "cgroup.procs", path, sizeof path) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
  if (process >= 0 && file >= 0 && is_listed(from, line) && faccessat(process, "stat", F_OK, 0) == 0)
    (void)!write(file, line, strlen(line)); /* one that has ended meanwhile refuses */
  if (file >= 0)
    close(file);
  if (process >= 0)
    close(process);
}

bool sj_cgroup_move_all(const char *from, const char *to) {
  char pid[32];
  for (unsigned round = 0; round < ROUNDS; round++) {
    FILE *list = list_of(from);
    unsigned found = 0;
    if (list == NULL)
      return false;
    while (fgets(pid, sizeof pid, list) != NULL) {
      found++;
      move(from, to, pid);
    }
    fclose(list);
    if (found == 0)
      return true;
  }
  return false;
}
