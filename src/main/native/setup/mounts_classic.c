#define _GNU_SOURCE
#include "setup/mounts_classic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/resolve.h"

static unsigned long classic_flags(uint64_t attributes) {
  return (attributes & SJ_ATTR_RDONLY ? MS_RDONLY : 0) | (attributes & SJ_ATTR_NOSUID ? MS_NOSUID : 0) |
         (attributes & SJ_ATTR_NODEV ? MS_NODEV : 0) | (attributes & SJ_ATTR_NOEXEC ? MS_NOEXEC : 0);
}

/* "@N" in a value stands for slot N, reached through the host's /proc, which is still mounted there before the pivot. */
static int expand(struct sj_context *c, const char *value, char *out, size_t size) {
  size_t n = 0;
  for (const char *p = value; *p != 0;) {
    char piece[40];
    size_t length = 1;
    if (*p == '@' && p[1] >= '0' && p[1] <= '9') {
      char *end;
      unsigned long slot = strtoul(p + 1, &end, 10);
      if (slot >= SJ_SLOTS_MAX || c->slots[slot] < 0) {
        errno = EINVAL;
        return -1;
      }
      length = (size_t)snprintf(piece, sizeof piece, "/proc/self/fd/%d", c->slots[slot]);
      p = end;
    } else {
      piece[0] = *p++;
    }
    if (n + length >= size) {
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(out + n, piece, length);
    n += length;
  }
  out[n] = 0;
  return (int)n;
}

static int join_options(struct sj_context *c, const struct sj_strv *options, char *out, size_t size) {
  size_t n = 0;
  out[0] = 0;
  for (uint32_t i = 0; options != NULL && i + 1 < options->count; i += 2) {
    const char *key = options->items[i], *value = options->items[i + 1];
    int k = snprintf(out + n, size - n, "%s%s%s", n > 0 ? "," : "", key, *value != 0 ? "=" : "");
    if (k < 0 || (size_t)k >= size - n) {
      errno = ENAMETOOLONG;
      return -1;
    }
    n += (size_t)k;
    int v = expand(c, value, out + n, size - n);
    if (v < 0)
      return -1;
    n += (size_t)v;
  }
  return 0;
}

int sj_classic_mount(struct sj_context *c, const char *type, int target, const char *target_path, uint64_t attributes,
                     const struct sj_strv *options) {
  char data[4096];
  char path[32];
  if (join_options(c, options, data, sizeof data) != 0)
    return -1;
  if (target >= 0) {
    sj_fd_path(target, path);
    if (fchdir(c->proc) != 0)
      return -1;
    target_path = path;
  }
  return mount(type, target_path, type, classic_flags(attributes), data[0] == 0 ? NULL : data);
}

int sj_classic_bind(struct sj_context *c, int source, int target, const char *target_path) {
  char from[32], to[32];
  sj_fd_path(source, from);
  if (target >= 0) {
    sj_fd_path(target, to);
    target_path = to;
  }
  if (fchdir(c->proc) != 0)
    return -1;
  return mount(from, target_path, NULL, MS_BIND | MS_REC, NULL);
}

/* A remount names every flag anew; those that a user namespace locked must be named again or the kernel refuses. */
static int remount(const char *path, uint64_t attributes) {
  struct statvfs st;
  if (statvfs(path, &st) != 0)
    return -1;
  unsigned long flags = classic_flags(attributes);
  const unsigned long same = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC; /* the same bits as MS_ */
  flags |= st.f_flag & same;
  if (st.f_flag & ST_NOATIME)
    flags |= MS_NOATIME;
  if (st.f_flag & ST_NODIRATIME)
    flags |= MS_NODIRATIME;
  if (st.f_flag & ST_RELATIME)
    flags |= MS_RELATIME;
  return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

/* mountinfo writes space, tab, newline and backslash as octal. */
static void unescape(char *s) {
  char *out = s;
  for (; *s != 0; s++) {
    if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] != 0 && s[3] != 0) {
      *out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
      s += 3;
    } else {
      *out++ = *s;
    }
  }
  *out = 0;
}

/* As mountinfo numbers it; -1 if the kernel does not tell. */
static long mount_of(struct sj_context *c, int fd) {
  char name[48], text[256];
  snprintf(name, sizeof name, "self/fdinfo/%d", fd);
  int info = openat(c->proc, name, O_RDONLY | O_CLOEXEC);
  ssize_t n = info < 0 ? -1 : read(info, text, sizeof text - 1);
  if (info >= 0)
    close(info);
  text[n < 0 ? 0 : n] = 0;
  const char *id = strstr(text, "mnt_id:");
  return id == NULL ? -1 : strtol(id + 7, NULL, 10);
}

/* The old root's mounts are listed too, under the same paths: only what is at such a path of the new one counts. */
static int remount_below(struct sj_context *c, const char *top, uint64_t attributes) {
  int list = openat(c->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
  FILE *f = list < 0 ? NULL : fdopen(list, "r");
  if (f == NULL)
    return -1;
  size_t n = strlen(top);
  if (n == 1)
    n = 0; /* "/" is above everything */
  char *line = NULL;
  size_t size = 0;
  int result = 0;
  while (result == 0 && getline(&line, &size, f) > 0) {
    char *point = line;
    long id = strtol(line, NULL, 10);
    for (int field = 0; point != NULL && field < 4; field++)
      point = (point = strchr(point, ' ')) == NULL ? NULL : point + 1;
    if (point == NULL)
      continue;
    point[strcspn(point, " ")] = 0;
    unescape(point);
    if (strncmp(point, top, n) != 0 || point[n] != '/' || point[n + 1] == 0)
      continue;
    /* Beneath the new root: by path alone it would be looked for in the old one, which is still this process' root. */
    int fd = sj_resolve(c, point);
    if (fd < 0) {
      /* A mount hidden under a later one can't be reached by path, nor then by the program. */
      result = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES ? 0 : -1;
      continue;
    }
    char path[32];
    sj_fd_path(fd, path);
    long found = mount_of(c, fd);
    result = found == id ? remount(path, attributes) : found < 0 ? -1 : 0;
    int saved = errno;
    close(fd);
    errno = saved;
  }
  int saved = errno;
  free(line);
  fclose(f);
  errno = saved;
  return result;
}

int sj_classic_attributes(struct sj_context *c, int target, uint64_t attributes, bool recursive) {
  char path[32], real[4096];
  sj_fd_path(target, path);
  if (fchdir(c->proc) != 0 || remount(path, attributes) != 0)
    return -1;
  if (!recursive)
    return 0;
  ssize_t n = readlinkat(c->proc, path, real, sizeof real - 1);
  if (n < 0)
    return -1;
  real[n] = 0;
  return remount_below(c, real, attributes);
}
