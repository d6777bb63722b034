#define _GNU_SOURCE
#include "runtime/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/sealed.h"
#include "runtime/log.h"

static char **words;
static char path[PATH_MAX];

void sj_sealed_begin(int argc, char **argv) {
  words = calloc((size_t)argc + 2, sizeof *words);
  if (words == NULL)
    abort();
  memcpy(words, argv, (size_t)argc * sizeof *words);
}

/* The environment is an engine's, and what a link of /proc says is of the copy: the first word is what is left to tell the copy. */
const char *sj_own_path(void) {
  int self = sj_open_self();
  bool sealed = self >= 0 && sj_is_sealed(self);
  if (self < 0)
    return NULL;
  close(self);
  if (sealed) {
    errno = ENOENT;
    return words[0] != NULL && words[0][0] == '/' ? words[0] : NULL;
  }
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  if (n < 0)
    return NULL;
  path[n] = 0;
  return path;
}

int sj_run_sealed(void) {
  int self = sj_open_self();
  if (self < 0)
    return sj_error("open /proc/self/exe: %s", sj_reason(errno));
  if (sj_is_sealed(self)) {
    close(self);
    (void)prctl(PR_SET_NAME, "sandjar-oci", 0, 0, 0); /* else it is called by a descriptor's number */
    return 0;
  }
  const char *own = sj_own_path();
  int fd = own == NULL ? -1 : sj_sealed_copy(self, "sandjar-oci");
  if (fd >= 0) {
    words[0] = (char *)(uintptr_t)own;
    (void)syscall(SYS_execveat, fd, "", words, environ, 0x1000 /* AT_EMPTY_PATH */);
  }
  return sj_error("execute a sealed copy of this program in memory: %s; without one a container could overwrite the program. See the sysctl vm.memfd_noexec "
                  "and the security modules of this machine",
                  sj_reason(errno));
}
