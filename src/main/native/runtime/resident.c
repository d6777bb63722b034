#define _GNU_SOURCE
#include "runtime/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "protocol/encode.h"
#include "protocol/protocol.h"
#include "runtime/command.h"
#include "runtime/java.h"
#include "runtime/log.h"

enum { REQUEST_MAX = 1 << 20, PATIENCE_S = 20 };

int sj_resident_path(char *path, size_t room) {
  const char *named = secure_getenv("SANDJAR_OCI_COMPILER"), *run = secure_getenv("XDG_RUNTIME_DIR");
  if (named != NULL)
    snprintf(path, room, "%s", named);
  else if (geteuid() == 0)
    snprintf(path, room, "/run/sandjar-compiler/socket");
  else if (run != NULL && run[0] == '/')
    snprintf(path, room, "%s/sandjar-compiler/socket", run);
  else
    return -1;
  return path[0] == '/' ? 0 : -1;
}

static bool same_file(pid_t pid, const char *file) {
  char theirs[64], ours[64];
  struct stat a, b;
  snprintf(theirs, sizeof theirs, "/proc/%d/%s", (int)pid, file);
  snprintf(ours, sizeof ours, "/proc/self/%s", file);
  return stat(theirs, &a) == 0 && stat(ours, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool capabilities(const char *path, char value[32]) {
  char text[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool good = fd >= 0 && sj_read_text(fd, text, sizeof text);
  if (fd >= 0)
    close(fd);
  const char *at = good ? strstr(text, "\nCapEff:\t") : NULL;
  return at != NULL && sscanf(at, "\nCapEff:\t%31s", value) == 1;
}

/* A plan is for who asks: its root, its namespaces and what it may do. Its cgroup matters too, but for absolute paths, which the compiler knows. */
static bool sees_the_same(int fd) {
  static const char *const files[] = {"root", "ns/mnt", "ns/user", "ns/pid", "ns/net", "ns/cgroup", "ns/ipc", "ns/uts"};
  struct ucred peer;
  socklen_t n = sizeof peer;
  char path[64], theirs[32], ours[32];
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0 || peer.uid != geteuid() || peer.pid <= 0)
    return false;
  for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
    if (!same_file(peer.pid, files[i]))
      return false;
  snprintf(path, sizeof path, "/proc/%d/status", (int)peer.pid);
  return capabilities(path, theirs) && capabilities("/proc/self/status", ours) && strcmp(theirs, ours) == 0;
}

static int reach(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const struct timeval patience = {PATIENCE_S, 0};
  if (sj_resident_path(address.sun_path, sizeof address.sun_path) != 0)
    return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && sees_the_same(fd) &&
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static bool send_all(int fd, const uint8_t *data, size_t size) {
  for (ssize_t n; size > 0; data += n, size -= (size_t)n)
    if ((n = send(fd, data, size, MSG_NOSIGNAL)) <= 0)
      return false;
  return true;
}

static bool receive_all(int fd, uint8_t *data, size_t size) {
  for (ssize_t n; size > 0; data += n, size -= (size_t)n)
    if ((n = recv(fd, data, size, 0)) <= 0)
      return false;
  return true;
}

static uint32_t number(const uint8_t head[4]) {
  return (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
}

uint8_t *sj_resident_ask(const char *const *words, size_t *size) {
  static uint8_t request[REQUEST_MAX];
  struct sj_writer w = {request, sizeof request, 0, false};
  uint8_t head[4];
  uint32_t count = 0, length = 4;
  int fd = reach();
  if (fd < 0)
    return NULL;
  for (; words[count] != NULL; count++)
    length += (uint32_t)strlen(words[count]) + 5;
  sj_put_u32(&w, length);
  sj_put_u32(&w, count);
  for (uint32_t i = 0; i < count; i++)
    sj_put_str(&w, words[i]);
  uint8_t *answer = NULL;
  if (!w.full && send_all(fd, request, w.length) && receive_all(fd, head, sizeof head) && (*size = number(head)) > 0 && *size <= SJ_BODY_MAX) {
    answer = malloc(*size);
    if (answer != NULL && !receive_all(fd, answer, *size)) {
      free(answer);
      answer = NULL;
    }
  }
  close(fd);
  if (answer == NULL)
    sj_debug("the resident compiler leaves this to one of our own");
  return answer;
}

/* ---------------------------------------------------------------- being it */

int sj_compiler(const struct sj_command *o) {
  static struct sj_java java;
  static char path[PATH_MAX], directory[PATH_MAX];
  struct stat st;
  (void)o;
  if (sj_resident_path(path, sizeof path) != 0)
    return sj_error("there is no place for its socket: set XDG_RUNTIME_DIR, or SANDJAR_OCI_COMPILER to an absolute path"), 1;
  snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
  if (mkdir(directory, 0700) != 0 && errno != EEXIST)
    return sj_error("make %s: %s", directory, sj_reason(errno)), 1;
  if (lstat(directory, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0)
    return sj_error("%s: others may write there", directory), 1;
  (void)unlink(path); /* of one that was killed */
  if (sj_java_read(&java) != 0)
    return 1;
  sj_java_without_archive(&java);
  java.words[java.n++] = "serve";
  java.words[java.n++] = path;
  java.words[java.n] = NULL;
  (void)umask(0077);
  (void)setenv("LC_ALL", "C.UTF-8", 1); /* file names are bytes for it then */
  execv(java.words[0], (char **)(uintptr_t)java.words);
  return sj_error("start Java: %s: %s", java.words[0], sj_reason(errno)), 1;
}
