#include "setup/copy_up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, PIECE = 65536, DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static void close_keeping_errno(int fd) {
  int error = errno;
  if (fd >= 0)
    close(fd);
  errno = error;
}

/* Who has no id here can own nothing in the copy, which stays ours then. */
static int own(int dir, const char *name, const struct stat *st) {
  return fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) == 0 || errno == EINVAL || errno == EPERM ? 0 : -1;
}

static int times(int dir, const char *name, const struct stat *st) {
  return utimensat(dir, name, (struct timespec[]){st->st_atim, st->st_mtim}, AT_SYMLINK_NOFOLLOW);
}

static int bytes(int from, int to) {
  static char piece[PIECE];
  for (ssize_t n; (n = read(from, piece, sizeof piece)) != 0;) {
    if (n < 0)
      return -1;
    for (ssize_t done = 0, w; done < n; done += w)
      if ((w = write(to, piece + done, (size_t)(n - done))) < 0)
        return -1;
  }
  return 0;
}

static int file(int from_dir, int to_dir, const char *name) {
  /* What was a file may be something else by now, which must not keep us. */
  int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  int to = from < 0 ? -1 : openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  struct stat st; /* of what is copied: another file's rights could show it to others */
  int result = to >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode) ? bytes(from, to) : -1;
  if (result == 0)
    result = own(to_dir, name, &st) == 0 && fchmod(to, st.st_mode & 07777) == 0 ? times(to_dir, name, &st) : -1;
  close_keeping_errno(to);
  close_keeping_errno(from);
  return result;
}

static int link_to(int from_dir, int to_dir, const char *name) {
  char text[PATH_MAX];
  struct stat st;
  int from = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  ssize_t length = from < 0 || fstat(from, &st) != 0 ? -1 : readlinkat(from, "", text, sizeof text - 1);
  close_keeping_errno(from);
  if (length < 0)
    return -1;
  text[length] = 0;
  return symlinkat(text, to_dir, name) == 0 ? own(to_dir, name, &st) : -1;
}

static int all_in(int from, int to, unsigned depth);

static int directory(int from_dir, int to_dir, const char *name, unsigned depth) {
  struct stat st;
  int from = openat(from_dir, name, DIRECTORY);
  int to = from >= 0 && fstat(from, &st) == 0 && mkdirat(to_dir, name, 0700) == 0 ? openat(to_dir, name, DIRECTORY) : -1;
  int result = to < 0 ? -1 : all_in(from, to, depth + 1);
  if (result == 0)
    result = own(to_dir, name, &st) == 0 && fchmod(to, st.st_mode & 07777) == 0 ? times(to_dir, name, &st) : -1;
  close_keeping_errno(to);
  close_keeping_errno(from);
  return result;
}

/* Neither sockets, which nobody listens on, nor nodes, which would be a way to devices. */
static int one(int from, int to, const char *name, unsigned depth) {
  struct stat st;
  if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return -1;
  if (S_ISREG(st.st_mode))
    return file(from, to, name);
  if (S_ISLNK(st.st_mode))
    return link_to(from, to, name);
  if (S_ISDIR(st.st_mode))
    return directory(from, to, name, depth);
  return 0;
}

static int all_in(int from, int to, unsigned depth) {
  if (depth == DEPTH_MAX) {
    errno = ELOOP;
    return -1;
  }
  int fd = openat(from, ".", DIRECTORY);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  if (list == NULL) {
    close_keeping_errno(fd);
    return -1;
  }
  int result = 0;
  errno = 0;
  for (struct dirent *e; result == 0 && (e = readdir(list)) != NULL; errno = result == 0 ? 0 : errno)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      result = one(from, to, e->d_name, depth);
  if (errno != 0)
    result = -1;
  int error = errno;
  closedir(list);
  errno = error;
  return result;
}

int sj_copy_up(struct sj_context *c, int under, int over, bool mode, bool content, const char *path) {
  struct stat st;
  int from = openat(under, ".", DIRECTORY), to = openat(over, ".", DIRECTORY);
  int result = from < 0 || to < 0 || fstat(from, &st) != 0 ? sj_fail(c, "open", path) : 0;
  if (result == 0 && content && all_in(from, to, 0) != 0)
    result = sj_fail(c, "copy", path);
  if (result == 0 && mode && fchmod(to, st.st_mode & 07777) != 0)
    result = sj_fail(c, "fchmod", path);
  close_keeping_errno(to);
  close_keeping_errno(from);
  return result;
}
