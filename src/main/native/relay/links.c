#define _GNU_SOURCE
#include "relay/links.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/syscalls.h"

enum { BACKLOG = 128 };

static struct sj_link links[SJ_LINKS_MAX];

/* Of links that listen on a path: its directory, and which file it was. */
static struct {
  int directory;
  char name[108];
  dev_t device;
  ino_t inode;
} files[SJ_LINKS_MAX];
static uint32_t nfiles;

const struct sj_link *sj_link(uint32_t number) {
  return number < SJ_LINKS_MAX && links[number].kind != SJ_NO_LINK ? &links[number] : NULL;
}

uint32_t sj_link_of_listener(uint64_t listening) {
  for (uint32_t i = 0; i < SJ_LINKS_MAX; i++)
    if (links[i].kind == SJ_FORWARDED && listening >= links[i].first && listening - links[i].first < links[i].count)
      return i;
  return SJ_LINKS_MAX;
}

bool sj_add_link(uint64_t number, enum sj_link_kind kind, const struct sj_link_request *r) {
  if (number >= SJ_LINKS_MAX || links[number].kind != SJ_NO_LINK)
    return false;
  struct sj_link *l = &links[number];
  l->kind = kind;
  l->asks = r->flags & SJ_LINK_ASKS;
  l->named = r->flags & SJ_LINK_NAMED;
  l->first_bytes = r->flags & SJ_LINK_FIRST_BYTES;
  l->first = r->first;
  l->count = r->count;
  memset(&l->address, 0, sizeof l->address);
  if (r->size > 0)
    memcpy(&l->address, r->address, r->size);
  l->size = r->size;
  return true;
}

/*
 * By the directory's descriptor: what its path names may be another one when the file is removed. A link on the way could have been
 * made by a guest that may write there.
 */
static int bind_file(int s, const char *path, const char **call) {
  const char *slash = strrchr(path, '/');
  char directory[108];
  union sj_address a;
  struct stat st;
  size_t n = slash == NULL ? 0 : (size_t)(slash - path);
  memset(&a, 0, sizeof a);
  memcpy(directory, path, n);
  directory[n] = 0;
  *call = "open";
  int fd = slash == NULL ? -1 : sj_openat2(AT_FDCWD, n == 0 ? "/" : directory, O_PATH | O_DIRECTORY | O_CLOEXEC, SJ_RESOLVE_NO_SYMLINKS);
  if (fd < 0)
    return -1;
  a.un.sun_family = AF_UNIX;
  strcpy(a.un.sun_path, slash + 1);
  *call = "bind";
  int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  mode_t mask = umask(0177);
  int result = before >= 0 && fchdir(fd) == 0 ? bind(s, &a.any, sizeof a.un) : -1;
  umask(mask);
  if (result == 0)
    result = fstatat(fd, slash + 1, &st, AT_SYMLINK_NOFOLLOW);
  if (before >= 0 && fchdir(before) != 0)
    result = -1;
  int error = errno;
  if (before >= 0)
    close(before);
  if (result != 0) {
    close(fd);
    errno = error;
    return -1;
  }
  files[nfiles].directory = fd;
  files[nfiles].device = st.st_dev;
  files[nfiles].inode = st.st_ino;
  strcpy(files[nfiles++].name, slash + 1);
  return 0;
}

int sj_publish(uint32_t number, const char **call) {
  const struct sj_link *l = &links[number];
  int one = 1;
  *call = "socket";
  int s = socket(l->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return -1;
  bool file = l->address.any.sa_family == AF_UNIX;
  *call = "bind";
  /* So that a sandbox which is started again gets its port while old connections linger; two that listen still exclude each other. */
  (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (l->address.any.sa_family == AF_INET6)
    (void)setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  int bound = file ? bind_file(s, l->address.un.sun_path, call) : bind(s, &l->address.any, l->size);
  if (bound == 0)
    *call = "listen";
  if (bound == 0 && listen(s, BACKLOG) == 0)
    return s;
  int error = errno;
  close(s);
  errno = error;
  return -1;
}

/* A path is looked up for each connection, since servers make theirs anew; a link on the way to it could lead to another one's. */
static int connect_file(int s, const char *path) {
  union sj_address a;
  struct stat st;
  int fd = sj_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, SJ_RESOLVE_NO_SYMLINKS);
  if (fd < 0)
    return -1;
  memset(&a, 0, sizeof a);
  a.un.sun_family = AF_UNIX;
  snprintf(a.un.sun_path, sizeof a.un.sun_path, "self/fd/%d", fd);
  int result = -1;
  errno = ENOTSOCK;
  if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
    result = connect(s, &a.any, sizeof a.un);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

int sj_connect_outside(const struct sj_link *l) {
  int s = socket(l->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return -1;
  bool file = l->address.any.sa_family == AF_UNIX;
  int result = file ? connect_file(s, l->address.un.sun_path) : connect(s, &l->address.any, l->size);
  if (result == 0 || errno == EINPROGRESS)
    return s;
  int error = errno;
  close(s);
  errno = error;
  return -1;
}

int sj_connect_to(const struct sockaddr *address, socklen_t size) {
  int s = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return -1;
  if (connect(s, address, size) == 0 || errno == EINPROGRESS)
    return s;
  int error = errno;
  close(s);
  errno = error;
  return -1;
}

void sj_unpublish(void) {
  for (uint32_t i = 0; i < nfiles; i++) {
    struct stat st;
    bool same = fstatat(files[i].directory, files[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == files[i].device &&
                st.st_ino == files[i].inode;
    if (same)
      (void)unlinkat(files[i].directory, files[i].name, 0); /* who may no more remove it there had it taken from them */
  }
  nfiles = 0;
}
