#define _GNU_SOURCE
#include "kernel/user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/id_mapper.h"
#include "kernel/procfs.h"

struct maps {
  bool deny;
  char **uids;
  int nuids;
  char **gids;
  int ngids;
};

static bool write_file(int proc, pid_t target, const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "%d/%s", (int)target, file);
  return sj_write_proc(proc, path, text) == 0;
}

/* newuidmap and newgidmap check /etc/subuid and /etc/subgid. */
static bool map(int proc, pid_t target, const char *file, char **words, int count) {
  char said[256];
  const char *const *arguments = (const char *const *)(uintptr_t)(words + 1);
  if (count == 1)
    return write_file(proc, target, file, words[0]);
  return sj_run_mapper(words[0], arguments, (uint32_t)(count - 1), target, said, sizeof said) == 0;
}

/* Stays outside, where those programs have rights, until the namespace is there. */
_Noreturn static void map_both(int go, int proc, const struct maps *m, pid_t target) {
  char byte;
  if (read(go, &byte, 1) != 1)
    _exit(3);
  if (m->deny && !write_file(proc, target, "setgroups", "deny"))
    _exit(2);
  if (!map(proc, target, "uid_map", m->uids, m->nuids))
    _exit(1);
  _exit(map(proc, target, "gid_map", m->gids, m->ngids) ? 0 : 2);
}

static int64_t failure(int64_t step, int number) {
  return step << 16 | number;
}

int64_t sj_enter_user_namespace(int proc, int count, char **words) {
  int split = 0, go[2], status;
  struct maps m = {.deny = count > 0 && strcmp(words[0], "deny") == 0};
  count -= m.deny;
  words += m.deny;
  while (split < count && strcmp(words[split], "--") != 0)
    split++;
  if (split == 0 || count - split < 2)
    return failure(SJ_NAMESPACE_FORK, EINVAL);
  m.uids = words;
  m.nuids = split;
  m.gids = words + split + 1;
  m.ngids = count - split - 1;
  pid_t self = getpid();
  if (pipe2(go, O_CLOEXEC) != 0)
    return failure(SJ_NAMESPACE_FORK, errno);
  pid_t mapper = fork();
  if (mapper == 0) {
    close(go[1]);
    map_both(go[0], proc, &m, self);
  }
  int64_t failed = mapper < 0 ? failure(SJ_NAMESPACE_FORK, errno) : 0;
  close(go[0]);
  if (failed == 0 && unshare(CLONE_NEWUSER) != 0)
    failed = failure(SJ_NAMESPACE_UNSHARE, errno);
  if (failed == 0 && write(go[1], "", 1) != 1)
    failed = failure(SJ_NAMESPACE_FORK, errno);
  close(go[1]);
  if (mapper > 0 && waitpid(mapper, &status, 0) == mapper && failed == 0 && status != 0)
    failed = failure(SJ_NAMESPACE_MAP, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return failed;
}
