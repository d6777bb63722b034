#define _GNU_SOURCE
#include "program/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/syscalls.h"

/* Linux 4.13; opens the other side without a path, which a hostile /dev/pts could not be trusted with. */
#define SJ_TIOCGPTPEER 0x5441

static int open_pty_master(struct sj_context *c) {
  static const char *const places[] = {"/dev/pts/ptmx", "/dev/ptmx"};
  for (unsigned i = 0; i < 2; i++) {
    int fd = sj_openat2(c->root, places[i], O_RDWR | O_NOCTTY | O_CLOEXEC, SJ_RESOLVE_IN_ROOT | SJ_RESOLVE_NO_MAGICLINKS);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
      fd = openat(c->root, places[i] + 1, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      continue;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2))
      return fd;
    close(fd);
    errno = ENOTTY;
  }
  return sj_fail(c, "open", "/dev/pts/ptmx");
}

int sj_open_terminal(struct sj_context *c, int *master, int *slave) {
  int unlock = 0;
  struct winsize size = {.ws_row = c->start->rows, .ws_col = c->start->columns};
  *master = open_pty_master(c);
  if (*master < 0)
    return -1;
  if (ioctl(*master, TIOCSPTLCK, &unlock) != 0)
    return sj_fail(c, "ioctl(TIOCSPTLCK)", "");
  if (ioctl(*master, TIOCSWINSZ, &size) != 0)
    return sj_fail(c, "ioctl(TIOCSWINSZ)", "");
  *slave = ioctl(*master, SJ_TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*slave < 0)
    return sj_fail(c, "ioctl(TIOCGPTPEER)", "");
  /* The program's own user has to own its terminal, or it can't open it again by name. */
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++)
    if (op[i].code == SJ_OP_CREDENTIALS && fchown(*slave, (uid_t)op[i].num[0], (gid_t)-1) != 0)
      return sj_fail(c, "fchown", "pty");
  return 0;
}
