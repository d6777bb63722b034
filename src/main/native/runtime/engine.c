#define _GNU_SOURCE
#include "runtime/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/fds.h"
#include "runtime/container.h"
#include "runtime/log.h"

enum { PROC_MAGIC = 0x9fa0 };

int sj_open_proc(void) {
  struct statfs fs;
  int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != PROC_MAGIC)) {
    close(fd);
    errno = ENOTDIR;
    fd = -1;
  }
  return fd < 0 || sj_raise(&fd) == 0 ? fd : -1;
}

int sj_connect_console(const struct sj_compiled *of, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  bool wanted = of->flags & SJ_COMPILED_TERMINAL;
  if (wanted && path == NULL)
    return sj_error("the process wants a terminal, which needs --console-socket");
  if (!wanted && path != NULL)
    return sj_error("--console-socket: the process wants no terminal");
  if (!wanted)
    return SJ_NO_CONSOLE;
  if (strlen(path) >= sizeof address.sun_path)
    return sj_error("--console-socket: %s is too long for the address of a socket", path);
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 || sj_raise(&fd) != 0)
    return sj_error("--console-socket: %s: %s", path, sj_reason(errno));
  return fd;
}

int sj_write_pid_file(const char *path, pid_t pid) {
  char directory[PATH_MAX], text[16];
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  if (snprintf(directory, sizeof directory, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1), slash == NULL ? "." : path) >= (int)sizeof directory)
    return sj_error("the name of the pid file is too long");
  int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int n = snprintf(text, sizeof text, "%d", (int)pid);
  int result = dir < 0 ? -1 : sj_replace_file(dir, name, (const uint8_t *)text, (size_t)n, 0644);
  if (result != 0)
    (void)sj_error("write the pid file %s: %s", path, sj_reason(errno));
  if (dir >= 0)
    close(dir);
  return result;
}
