/* Numbers of processes, on ordinary directories: what the kernel makes of them is UnitCgroupIT's. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/moves.h"
#include "check.h"

static char from[] = "/var/tmp/sandjar-from-XXXXXX", to[] = "/var/tmp/sandjar-to-XXXXXX";

static const char *procs(const char *directory) {
  static char paths[2][256];
  static unsigned next;
  char *path = paths[next++ % 2];
  snprintf(path, sizeof paths[0], "%s/cgroup.procs", directory);
  return path;
}

static void put(const char *directory, const char *text) {
  FILE *file = fopen(procs(directory), "we");
  CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool has(const char *directory, const char *text) {
  char found[64] = "";
  FILE *file = fopen(procs(directory), "re");
  CHECK(file != NULL);
  (void)!fread(found, 1, sizeof found - 1, file);
  fclose(file);
  return strcmp(found, text) == 0;
}

int main(void) {
  char line[32];
  CHECK(mkdtemp(from) != NULL && mkdtemp(to) != NULL);
  put(from, "");
  put(to, "");
  CHECK(sj_cgroup_move_all(from, to) && has(to, ""));

  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    pause();
    _exit(0);
  }
  snprintf(line, sizeof line, "%d\n", (int)child);
  put(from, line);
  CHECK(!sj_cgroup_move_all(from, to)); /* an ordinary file still lists it */
  CHECK(has(to, line));

  /* the list still has the number of one that has been waited for, which anybody may get now */
  int status;
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
  put(to, "");
  CHECK(!sj_cgroup_move_all(from, to));
  CHECK(has(to, ""));

  CHECK(unlink(procs(from)) == 0 && unlink(procs(to)) == 0 && !sj_cgroup_move_all(from, to));
  CHECK(rmdir(from) == 0 && rmdir(to) == 0);
  return 0;
}
