#define _GNU_SOURCE
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "kernel/procfs.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "runtime/log.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, STATE_FORMAT = 1 };

static const char *const files[] = {"gate", "config", "resources", "compiled", "state", "cgroups", "lock"};

/* ---------------------------------------------------------------- files */

uint8_t *sj_read_file(int dir, const char *name, size_t *size) {
  size_t room = 1 << 16, n = 0;
  int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  uint8_t *data = fd < 0 ? NULL : malloc(room);
  ssize_t got = data == NULL ? -1 : 1;
  while (data != NULL && (got = read(fd, data + n, room - n)) != 0) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 || (n += (size_t)got) > SJ_BODY_MAX)
      break;
    if (n == room) {
      uint8_t *more = realloc(data, room *= 2);
      if (more == NULL)
        break;
      data = more;
    }
  }
  int error = got > 0 ? EFBIG : errno;
  if (fd >= 0)
    close(fd);
  if (got != 0) {
    free(data);
    data = NULL;
  }
  errno = error;
  *size = n;
  return data;
}

int sj_replace_file(int dir, const char *name, const uint8_t *data, size_t size, mode_t mode) {
  char temporary[NAME_MAX + 1];
  if (snprintf(temporary, sizeof temporary, ".%s.new", name) >= (int)sizeof temporary) {
    errno = ENAMETOOLONG;
    return -1;
  }
  (void)unlinkat(dir, temporary, 0); /* of a command that was killed */
  int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0)
    return -1;
  size_t done = 0;
  for (ssize_t n; done < size && (n = write(fd, data + done, size - done)) >= 0;)
    done += (size_t)n;
  int result = done == size && fsync(fd) == 0 ? renameat(dir, temporary, dir, name) : -1;
  int error = errno;
  close(fd);
  if (result != 0)
    (void)unlinkat(dir, temporary, 0);
  errno = error;
  return result;
}

/* ---------------------------------------------------------------- directories */

bool sj_is_id(const char *id) {
  size_t n = strlen(id);
  return n > 0 && n <= NAME_MAX && n == strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-") && id[0] != '.';
}

/* Whoever may write there decides what commands do to whom. */
static int check_owner(int dir, const char *kind, const char *name) {
  struct stat st;
  if (fstat(dir, &st) != 0)
    return sj_error("look at the %s %s: %s", kind, name, sj_reason(errno));
  if (st.st_uid != geteuid() && st.st_uid != 0)
    return sj_error("the %s %s belongs to user %u, who decides what is in it: it has to be root's or your own", kind, name, (unsigned)st.st_uid);
  if ((st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0)
    return sj_error("others may write to the %s %s: take that from them (chmod go-w)", kind, name);
  return 0;
}

int sj_root_open(const char *path, bool make) {
  char part[PATH_MAX];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part)
    return sj_error("the root directory \"%s\" has no usable name", path);
  for (size_t i = 1; make && i <= n; i++)
    if (path[i] == '/' || path[i] == 0) {
      memcpy(part, path, i);
      part[i] = 0;
      if (mkdir(part, 0711) != 0 && errno != EEXIST)
        return sj_error("make the root directory %s: %s", part, sj_reason(errno));
    }
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && !(errno == ENOENT && !make))
    return sj_error("open the root directory %s: %s", path, sj_reason(errno));
  if (fd >= 0 && check_owner(fd, "root directory", path) != 0)
    exit(1); /* not as if it were empty */
  return fd;
}

static bool still_there(const struct sj_container *c) {
  struct stat here, there;
  return fstat(c->dir, &here) == 0 && fstatat(c->root, c->id, &there, AT_SYMLINK_NOFOLLOW) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino;
}

int sj_container_flock(struct sj_container *c, int how) {
  c->lock = openat(c->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (c->lock < 0)
    return -1;
  int result;
  while ((result = flock(c->lock, how)) != 0 && errno == EINTR)
    ;
  if (result == 0 && !still_there(c)) {
    errno = ENOENT;
    result = -1;
  }
  if (result != 0) {
    int error = errno;
    close(c->lock);
    c->lock = -1;
    errno = error;
  }
  return result;
}

void sj_container_begin(struct sj_container *c, int root, const char *id) {
  memset(c, 0, sizeof *c);
  c->id = id;
  c->root = root;
  memset(c->cgroups, SJ_NOT_TAKEN, sizeof c->cgroups);
  c->dir = c->lock = -1;
}

int sj_container_open(struct sj_container *c, int root, const char *id, bool quiet) {
  sj_container_begin(c, root, id);
  if (!sj_is_id(id))
    return sj_error("invalid container ID \"%s\"", id);
  errno = ENOENT;
  c->dir = root < 0 ? -1 : openat(root, id, DIRECTORY);
  if (c->dir < 0)
    return quiet && errno == ENOENT ? -1 : sj_error(errno == ENOENT ? "container \"%s\" does not exist" : "open container \"%s\": %m", id);
  if (check_owner(c->dir, "directory of container", id) != 0) {
    close(c->dir);
    c->dir = -1;
    errno = EPERM;
    return -1;
  }
  sj_container_read(c);
  return 0;
}

int sj_container_lock(struct sj_container *c) {
  if (sj_container_flock(c, LOCK_EX) != 0)
    return sj_error(errno == ENOENT ? "container \"%s\" does not exist" : "lock container \"%s\": %m", c->id);
  sj_container_read(c);
  return 0;
}

int sj_container_remove(struct sj_container *c) {
  for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
    char temporary[32];
    snprintf(temporary, sizeof temporary, ".%s.new", files[i]);
    (void)unlinkat(c->dir, temporary, 0);
    if (unlinkat(c->dir, files[i], 0) != 0 && errno != ENOENT)
      return sj_error("remove %s of container \"%s\": %s", files[i], c->id, sj_reason(errno));
    sj_fault_launcher(c->state.pid);
  }
  if (unlinkat(c->root, c->id, AT_REMOVEDIR) != 0 && errno != ENOENT)
    return sj_error("remove container \"%s\": %s", c->id, sj_reason(errno));
  return 0;
}

/* ---------------------------------------------------------------- state */

void sj_boot_id(char id[SJ_BOOT_ID]) {
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  id[0] = 0;
  if (fd < 0)
    return;
  if (!sj_read_text(fd, id, SJ_BOOT_ID))
    id[0] = 0;
  id[strcspn(id, "\n")] = 0;
  close(fd);
}

int sj_cgroups_write(struct sj_container *c) {
  return sj_replace_file(c->dir, "cgroups", (const uint8_t *)c->cgroups, sizeof c->cgroups, 0600) == 0
             ? 0
             : sj_error("write which cgroups are those of \"%s\": %s", c->id, sj_reason(errno));
}

int sj_state_write(struct sj_container *c) {
  uint8_t body[256];
  struct sj_writer w = {body, sizeof body, 0, false};
  const struct sj_state *s = &c->state;
  sj_put_u32(&w, STATE_FORMAT);
  sj_put_u32(&w, s->created);
  sj_put_u32(&w, (uint32_t)s->pid);
  sj_put_u64(&w, s->began);
  sj_put_str(&w, s->boot);
  sj_put_u64(&w, s->at);
  sj_put_u32(&w, s->owner);
  c->has_state = true;
  return sj_replace_file(c->dir, "state", body, w.length, 0600) == 0 ? 0 : sj_error("write the state of \"%s\": %s", c->id, sj_reason(errno));
}

static bool read_state(struct sj_state *s, const uint8_t *data, size_t size) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  bool known = sj_u32(&r) == STATE_FORMAT;
  s->created = sj_u32(&r) != 0;
  s->pid = (pid_t)sj_u32(&r);
  s->began = sj_u64(&r);
  snprintf(s->boot, sizeof s->boot, "%s", sj_str(&r));
  s->at = sj_u64(&r);
  s->owner = (uid_t)sj_u32(&r);
  return known && !r.bad && r.at == r.end && s->pid > 0;
}

void sj_container_read(struct sj_container *c) {
  size_t size;
  uint8_t *state = sj_read_file(c->dir, "state", &size);
  c->has_state = state != NULL && read_state(&c->state, state, size);
  free(state);
  uint8_t *cgroups = sj_read_file(c->dir, "cgroups", &size);
  memset(c->cgroups, SJ_NOT_TAKEN, sizeof c->cgroups);
  if (cgroups != NULL && size == sizeof c->cgroups)
    memcpy(c->cgroups, cgroups, size);
  free(cgroups);
  if (c->has_compiled)
    return;
  uint8_t *compiled = sj_read_file(c->dir, "compiled", &size);
  c->has_compiled = compiled != NULL && sj_decode_compiled(compiled, size, &c->compiled) && c->compiled.refusal == NULL;
}

int sj_process_began(pid_t pid, uint64_t *began, char *state) {
  char path[32], text[1024];
  unsigned long long start;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  bool good = sj_read_text(fd, text, sizeof text);
  close(fd);
  /* The name of the command may hold anything; the last parenthesis ends it. */
  const char *end = good ? strrchr(text, ')') : NULL;
  if (end == NULL || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", state, &start) != 2)
    return -1;
  *began = start;
  return 0;
}

bool sj_is_alive(const struct sj_container *c) {
  char boot[SJ_BOOT_ID], state;
  uint64_t began;
  sj_boot_id(boot);
  return c->has_state && strcmp(boot, c->state.boot) == 0 && sj_process_began(c->state.pid, &began, &state) == 0 && began == c->state.began &&
         state != 'Z' && state != 'X';
}

int sj_container_pidfd(const struct sj_container *c) {
  int fd = c->has_state ? sj_pidfd_open(c->state.pid) : -1;
  if (fd >= 0 && !sj_is_alive(c)) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* ---------------------------------------------------------------- gate */

/* By the directory's descriptor, since the path itself may be longer than an address can be. */
static int gate(const struct sj_container *c, bool listens) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/gate", c->dir);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  int result = listens ? bind(fd, (struct sockaddr *)&address, sizeof address) : connect(fd, (struct sockaddr *)&address, sizeof address);
  if (result == 0 && listens)
    result = listen(fd, 16);
  if (result == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int sj_gate_listen(const struct sj_container *c) {
  return gate(c, true);
}

int sj_gate_connect(const struct sj_container *c) {
  return gate(c, false);
}
