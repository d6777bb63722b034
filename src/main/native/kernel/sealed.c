#define _GNU_SOURCE
#include "kernel/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  MEMORY_CLOEXEC = 0x1,
  MEMORY_SEALING = 0x2,
  MEMORY_EXEC = 0x10, /* since Linux 6.3, which may refuse to execute what was made without it */
  ADD_SEALS = 1033,
  GET_SEALS = 1034,
  ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8, /* SEAL, SHRINK, GROW, WRITE */
};

int sj_open_self(void) {
  return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

bool sj_is_sealed(int self) {
  int seals = fcntl(self, GET_SEALS);
  return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

int sj_sealed_copy(int self, const char *name) {
  struct stat st;
  int fd = (int)syscall(SYS_memfd_create, name, MEMORY_CLOEXEC | MEMORY_SEALING | MEMORY_EXEC);
  if (fd < 0 && errno == EINVAL)
    fd = (int)syscall(SYS_memfd_create, name, MEMORY_CLOEXEC | MEMORY_SEALING);
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
