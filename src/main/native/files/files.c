#define _GNU_SOURCE
#include "files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "kernel/statx.h"
#include "kernel/user_namespace.h"
#include "protocol/encode.h"
#include "protocol/transport.h"

enum { RESULT = 8, ROOM = SJ_INLINE_MAX - RESULT };

/* openat2's struct, which a C library may not have. */
struct how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

/* What this needs to act for files of the ids inside, and nothing else. */
static int drop_rights(void) {
  const uint32_t kept = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER | 1u << CAP_FSETID;
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {{kept, kept, 0}, {0, 0, 0}};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return -1;
  if (syscall(SYS_capset, &head, sets) != 0)
    return -1;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* nobody of the same user traces it into doing more */
}

/* 0, or what failed, as kernel/user_namespace.h tells it. */
static int64_t enter(int proc, int argc, char **argv) {
  int64_t failed = sj_enter_user_namespace(proc, argc, argv);
  if (failed == 0 && drop_rights() != 0)
    failed = (int64_t)SJ_NAMESPACE_RIGHTS << 16 | errno;
  return failed;
}

/* The calls for attributes take no directory, but the working directory is ours alone. */
static int64_t attribute(const struct sj_file_request *r, int dir, uint8_t *out) {
  if (fchdir(dir) != 0)
    return -1;
  if (r->call == SJ_FILE_SET_ATTRIBUTE)
    return lsetxattr(r->name, r->other, r->value, r->size, 0);
  if (r->call == SJ_FILE_ATTRIBUTE)
    return lgetxattr(r->name, r->other, out, ROOM);
  return llistxattr(r->name, (char *)out, ROOM);
}

static int64_t stat_file(const struct sj_file_request *r, int dir, uint8_t *out) {
  struct sj_statx s;
  memset(&s, 0, sizeof s);
  if (syscall(SYS_statx, dir, r->name, (int)r->num[0], (unsigned)r->num[1], &s) != 0)
    return -1;
  memcpy(out, &s, sizeof s);
  return (int64_t)sizeof s;
}

static int64_t call(const struct sj_file_request *r, int dir, int dir2, uint8_t *out) {
  struct how how = {r->num[0], r->num[1], r->num[2]};
  struct timespec times[2] = {{(time_t)r->num[0], (long)r->num[1]}, {(time_t)r->num[0], (long)r->num[1]}};
  switch (r->call) {
  case SJ_FILE_OPEN:
    return syscall(SYS_openat2, dir, r->name, &how, sizeof how);
  case SJ_FILE_MKDIR:
    return mkdirat(dir, r->name, (mode_t)r->num[0]);
  case SJ_FILE_MKNOD:
    return mknodat(dir, r->name, (mode_t)r->num[0], (dev_t)r->num[1]);
  case SJ_FILE_CHOWN:
    return fchownat(dir, r->name, (uid_t)r->num[0], (gid_t)r->num[1], AT_SYMLINK_NOFOLLOW);
  case SJ_FILE_UNLINK:
    return unlinkat(dir, r->name, (int)r->num[0]);
  case SJ_FILE_LINK:
    return linkat(dir2, r->other, dir, r->name, 0);
  case SJ_FILE_SYMLINK:
    return symlinkat(r->other, dir, r->name);
  case SJ_FILE_READLINK:
    return readlinkat(dir, r->name, (char *)out, ROOM);
  case SJ_FILE_CHMOD:
    return r->name[0] == 0 ? fchmod(dir, (mode_t)r->num[0]) : fchmodat(dir, r->name, (mode_t)r->num[0], 0);
  case SJ_FILE_TIMES:
    return utimensat(dir, r->name, times, AT_SYMLINK_NOFOLLOW);
  case SJ_FILE_RENAME:
    return syscall(SYS_renameat2, dir, r->name, dir2, r->other, (unsigned)r->num[0]);
  case SJ_FILE_STAT:
    return stat_file(r, dir, out);
  case SJ_FILE_SET_ATTRIBUTE:
  case SJ_FILE_ATTRIBUTE:
  case SJ_FILE_ATTRIBUTES:
    return attribute(r, dir, out);
  case SJ_FILE_ATTRIBUTE_OF:
    return fgetxattr(dir, r->other, out, ROOM);
  default:
    errno = EPROTO;
    return -1;
  }
}

static bool gives_bytes(uint32_t called) {
  return called == SJ_FILE_READLINK || called == SJ_FILE_STAT || called == SJ_FILE_ATTRIBUTE ||
         called == SJ_FILE_ATTRIBUTES || called == SJ_FILE_ATTRIBUTE_OF;
}

static bool answer(int socket, uint64_t id, int64_t result, uint8_t *body, size_t bytes, int fd) {
  struct sj_writer w = {body, RESULT, 0, false};
  sj_put_u64(&w, (uint64_t)result);
  return sj_send(socket, SJ_FILE_DONE, id, body, RESULT + bytes, &fd, fd >= 0 ? 1 : 0) == 0;
}

static bool serve(int socket, const struct sj_message *m) {
  static uint8_t body[SJ_INLINE_MAX];
  struct sj_file_request r;
  int64_t result = -EPROTO;
  size_t bytes = 0;
  int opened = -1;
  if (m->head.type == SJ_FILE && m->nfds >= 1 && sj_decode_file(m->body, m->head.length, &r)) {
    result = call(&r, m->fds[0], m->nfds > 1 ? m->fds[1] : -1, body + RESULT);
    if (result < 0)
      result = -(int64_t)errno;
    else if (r.call == SJ_FILE_OPEN)
      opened = (int)result;
    else if (gives_bytes(r.call))
      bytes = (size_t)result;
  }
  bool sent = answer(socket, m->head.id, result, body, bytes, opened);
  if (opened >= 0)
    close(opened);
  return sent;
}

int sj_files(int socket, int proc, int argc, char **argv) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  uint8_t first[RESULT];
  struct sj_message m;
  int64_t failed = enter(proc, argc, argv);
  if (!answer(socket, 0, failed, first, 0, -1) || failed != 0)
    return 1;
  for (;;) {
    enum sj_received got = sj_receive(socket, buffer, &m);
    bool served = got == SJ_GOT_MESSAGE && serve(socket, &m);
    sj_free_message(&m);
    if (!served)
      return got == SJ_GOT_END ? 0 : 1;
  }
}
