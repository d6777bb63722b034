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
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/log.h"

enum {
  MEMORY_CLOEXEC = 0x1,
  MEMORY_SEALING = 0x2,
  MEMORY_EXEC = 0x10, /* since Linux 6.3, which may refuse to execute what was made without it */
  ADD_SEALS = 1033,
  GET_SEALS = 1034,
  ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8, /* SEAL, SHRINK, GROW, WRITE */
};

static char **words;
static char path[PATH_MAX];

void sj_sealed_begin(int argc, char **argv) {
  words = calloc((size_t)argc + 2, sizeof *words);
  if (words == NULL)
    abort();
  memcpy(words, argv, (size_t)argc * sizeof *words);
}

static int open_self(void) {
  return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

/* Nobody else has such a copy of this program: it was given to this process by sj_run_sealed. */
static bool is_sealed(int self) {
  int seals = fcntl(self, GET_SEALS);
  return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

/* The environment is an engine's, and what a link of /proc says is of the copy: the first word is what is left to tell the copy. */
const char *sj_own_path(void) {
  int self = open_self();
  bool sealed = self >= 0 && is_sealed(self);
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

static int copy(int self) {
  struct stat st;
  int fd = (int)syscall(SYS_memfd_create, "sandjar-oci", MEMORY_CLOEXEC | MEMORY_SEALING | MEMORY_EXEC);
  if (fd < 0 && errno == EINVAL)
    fd = (int)syscall(SYS_memfd_create, "sandjar-oci", MEMORY_CLOEXEC | MEMORY_SEALING);
  if (fd < 0 || fstat(self, &st) != 0)
    return -1;
  for (off_t at = 0; at < st.st_size;) {
    ssize_t n = sendfile(fd, self, &at, (size_t)(st.st_size - at));
    if (n == 0)
      errno = EIO; /* it has become shorter */
    if (n == 0 || (n < 0 && errno != EINTR))
      return -1;
  }
  return fcntl(fd, ADD_SEALS, ALL_SEALS) == 0 ? fd : -1;
}

int sj_run_sealed(void) {
  int self = open_self();
  if (self < 0)
    return sj_error("open /proc/self/exe: %s", sj_reason(errno));
  if (is_sealed(self)) {
    close(self);
    (void)prctl(PR_SET_NAME, "sandjar-oci", 0, 0, 0); /* else it is called by a descriptor's number */
    return 0;
  }
  const char *own = sj_own_path();
  int fd = own == NULL ? -1 : copy(self);
  if (fd >= 0) {
    words[0] = (char *)(uintptr_t)own;
    (void)syscall(SYS_execveat, fd, "", words, environ, 0x1000 /* AT_EMPTY_PATH */);
  }
  return sj_error("execute a sealed copy of this program in memory: %s; without one a container could overwrite the program. See the sysctl vm.memfd_noexec "
                  "and the security modules of this machine",
                  sj_reason(errno));
}
