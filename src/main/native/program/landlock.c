#define _GNU_SOURCE
#include "program/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NR_create_ruleset = 444, NR_add_rule = 445, NR_restrict_self = 446 };
enum { GET_VERSION = 1, PATH_BENEATH = 1, NET_PORT = 2, VERSION_BITS = 4 };
/* EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE, IOCTL_DEV, RESOLVE_UNIX: what a file can have that is not a directory. */
enum { OF_FILES = 1 | 2 | 4 | 1 << 14 | 1 << 15 | 1 << 16 };

struct ruleset {
  uint64_t files, network, scoped;
};

struct path_beneath {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

struct net_port {
  uint64_t allowed, port;
};

uint32_t sj_landlock_abi(void) {
  long abi = syscall(NR_create_ruleset, NULL, 0, GET_VERSION);
  return abi < 0 ? 0 : abi >= 1 << VERSION_BITS ? (1u << VERSION_BITS) - 1 : (uint32_t)abi;
}

/* After `followed` bytes as openat2 with RESOLVE_NO_SYMLINKS, which a filter around all of this may refuse. */
static int open_direct(const char *path, size_t followed) {
  char copy[PATH_MAX];
  size_t length = strlen(path);
  if (path[0] != '/' || length >= sizeof copy || followed > length || (path[followed] != '/' && path[followed] != 0)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(copy, path, followed);
  copy[followed] = 0;
  int at = open(followed == 0 ? "/" : copy, O_PATH | O_CLOEXEC);
  strcpy(copy, path + followed);
  char *rest;
  for (char *name = strtok_r(copy, "/", &rest); name != NULL && at >= 0; name = strtok_r(NULL, "/", &rest)) {
    struct stat st;
    int next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    close(at);
    at = next;
    errno = error;
    if (at >= 0 && (fstat(at, &st) != 0 || S_ISLNK(st.st_mode))) {
      close(at);
      errno = ELOOP;
      return -1;
    }
  }
  return at;
}

static int allow_path(struct sj_context *c, int ruleset, uint64_t access, const char *path) {
  bool optional = path[0] == '?';
  struct stat st;
  path += optional;
  bool direct = path[0] == '~';
  char *end = NULL;
  size_t followed = direct ? strtoul(path + 1, &end, 10) : 0;
  if (direct && *end != ':') {
    errno = EPROTO;
    return sj_fail(c, "landlock_add_rule", path);
  }
  path = direct ? end + 1 : path;
  int fd = direct ? open_direct(path, followed) : open(path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return optional && (errno == ENOENT || errno == ENOTDIR) ? 0 : sj_fail(c, "open", path);
  struct path_beneath rule = {access, fd};
  int result = fstat(fd, &st);
  if (result == 0 && !S_ISDIR(st.st_mode))
    rule.allowed &= OF_FILES;
  if (result == 0 && rule.allowed != 0)
    result = (int)syscall(NR_add_rule, ruleset, PATH_BENEATH, &rule, 0);
  if (result != 0)
    sj_fail(c, "landlock_add_rule", path);
  close(fd);
  return result;
}

/* "ACCESS,PATH" or "ACCESS,:PORT" */
static int allow(struct sj_context *c, int ruleset, const char *text) {
  char *end;
  uint64_t access = strtoull(text, &end, 10);
  if (end == text || *end != ',') {
    errno = EPROTO;
    return sj_fail(c, "landlock_add_rule", text);
  }
  const char *what = end + 1;
  if (what[0] != ':')
    return allow_path(c, ruleset, access, what);
  struct net_port rule = {access, strtoull(what + 1, &end, 10)};
  if (end == what + 1 || *end != 0) {
    errno = EPROTO;
    return sj_fail(c, "landlock_add_rule", text);
  }
  return syscall(NR_add_rule, ruleset, NET_PORT, &rule, 0) == 0 ? 0 : sj_fail(c, "landlock_add_rule", what);
}

int sj_do_landlock(struct sj_context *c, const struct sj_op *op) {
  struct ruleset attributes = {op->num[0], op->num[1], op->num[2]};
  /* Older kernels refuse a structure with more than they know, unless the rest is zero. */
  int ruleset = (int)syscall(NR_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset < 0)
    return sj_fail(c, "landlock_create_ruleset", "");
  int result = 0;
  for (uint32_t i = 0; i < op->list.count && result == 0; i++)
    result = allow(c, ruleset, op->list.items[i]);
  if (result == 0 && syscall(NR_restrict_self, ruleset, 0) != 0)
    result = sj_fail(c, "landlock_restrict_self", "");
  close(ruleset);
  return result;
}
