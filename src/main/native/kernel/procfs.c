#define _GNU_SOURCE
#include "kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int sj_write_proc(int proc, const char *path, const char *value) {
  int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, value, strlen(value));
  int saved = errno;
  close(fd);
  errno = saved;
  if (n >= 0 && (size_t)n != strlen(value))
    errno = EIO;
  return n == (ssize_t)strlen(value) ? 0 : -1;
}

bool sj_read_text(int fd, char *text, size_t size) {
  size_t done = 0;
  for (ssize_t n; done < size - 1; done += (size_t)n) {
    n = pread(fd, text + done, size - 1 - done, (off_t)done);
    if (n < 0)
      return false;
    if (n == 0)
      break;
  }
  text[done] = 0;
  return true;
}
