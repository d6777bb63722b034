#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWN_PROGRAM = 3, FDS = 70000 };

/* Descriptor 3 may be this program itself. */
static enum outcome inherited(void) {
  int found = 0, last = -1;
  for (int fd = 3; fd < FDS; fd++) {
    char link[64], target[256];
    if (fcntl(fd, F_GETFD) < 0)
      continue;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = 0;
    if (fd == OWN_PROGRAM && strstr(target, "sandjar-probe") != NULL)
      continue;
    found++;
    last = fd;
  }
  return found > 0 ? tell(EXPOSED, "%d open, the last is %d", found, last) : tell(CONTAINED, "none besides 0, 1, 2");
}

/* Whether a file holds the word. */
static bool holds(const char *path) {
  char text[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
  if (fd >= 0)
    close(fd);
  return n > 0 && canary.word != NULL && memmem(text, (size_t)n, canary.word, strlen(canary.word)) != NULL;
}

static enum outcome host_file(void) {
  if (canary.file == NULL)
    return tell(NOT_APPLICABLE, "no canary");
  return holds(canary.file) ? tell(EXPOSED, "read %s", canary.file) : tell(CONTAINED, "%s: %s", canary.file, strerror(errno));
}

static enum outcome through_links(void) {
  static const char *const ways[] = {"/proc/self/root", "/proc/1/root", "/proc/self/cwd/../../../../../../..", "/proc/1/cwd/../../../../..",
                                     "/proc/self/fd/0/../../../../..", "/proc/self/fd/1/../../../../..", "/proc/self/fd/2/../../../.."};
  char path[4096];
  if (canary.file == NULL)
    return tell(NOT_APPLICABLE, "no canary");
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    snprintf(path, sizeof path, "%s%s", ways[i], canary.file);
    if (holds(path))
      return tell(EXPOSED, "read %s", path);
  }
  for (int fd = 0; fd < 64; fd++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", fd, canary.file);
    if (holds(path))
      return tell(EXPOSED, "read %s", path);
  }
  return tell(CONTAINED, "no way through /proc");
}

static enum outcome overwrite_program(void) {
  static const char *const programs[] = {"/proc/1/exe", "/proc/self/exe"};
  for (size_t i = 0; i < 2; i++) {
    int fd = open(programs[i], O_WRONLY | O_CLOEXEC);
    int readable = open(programs[i], O_RDONLY | O_CLOEXEC);
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", readable);
    int again = readable < 0 ? -1 : open(link, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 || again >= 0)
      return tell(EXPOSED, "%s opened for writing", programs[i]);
    /* ETXTBSY says that only its running is in the way, not a right. This program itself is nobody else's. */
    if (i == 0 && errno == ETXTBSY && access(programs[i], W_OK) == 0)
      return tell(EXPOSED, "%s may be written once it has ended", programs[i]);
  }
  return tell(CONTAINED, "%s", strerror(errno));
}

static enum outcome working_directory(void) {
  char cwd[4096], path[8192];
  if (getcwd(cwd, sizeof cwd) == NULL || cwd[0] != '/')
    return tell(EXPOSED, "it lies outside of the root");
  snprintf(path, sizeof path, "../../../../../../../../../../../..%s", canary.file == NULL ? "" : canary.file);
  return canary.file != NULL && holds(path) ? tell(EXPOSED, "read %s", path) : tell(CONTAINED, "%s", cwd);
}

static enum outcome environment(void) {
  if (canary.word == NULL)
    return tell(NOT_APPLICABLE, "no canary");
  for (char **e = environ; *e != NULL; e++)
    if (strstr(*e, canary.word) != NULL)
      return tell(EXPOSED, "a variable of the host");
  char path[64];
  const int pids[] = {1, getppid(), canary.pid};
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "/proc/%d/environ", pids[i]);
    if (holds(path))
      return tell(EXPOSED, "%s", path);
  }
  return tell(CONTAINED, "not there");
}

static enum outcome write_system(void) {
  static const char *const places[] = {"/", "/usr", "/usr/bin", "/etc", "/lib", "/bin", "/boot", "/root", "/var"};
  char path[128];
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    snprintf(path, sizeof path, "%s/.sandjar-probe-%d", places[i], getpid());
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
      continue;
    close(fd);
    unlink(path);
    return tell(EXPOSED, "a file in %s", places[i]);
  }
  return tell(CONTAINED, "%s", strerror(errno));
}

static enum outcome core_dump(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0)
    return tell(CONTAINED, "%s", strerror(errno));
  return limit.rlim_max > 1 ? tell(EXPOSED, "RLIMIT_CORE may be %llu", (unsigned long long)limit.rlim_max) : tell(CONTAINED, "RLIMIT_CORE is 1");
}

static enum outcome host_jvm(void) {
  char path[128];
  if (canary.pid == 0)
    return tell(NOT_APPLICABLE, "no canary");
  snprintf(path, sizeof path, "/proc/%d/root/tmp", getppid());
  const char *const places[] = {path, "/tmp"};
  for (size_t i = 0; i < 2; i++) {
    char file[256];
    snprintf(file, sizeof file, "%s/.sandjar-attach-%d", places[i], canary.pid);
    struct stat st;
    if (stat(file, &st) != 0)
      continue;
    strcat(file, ".try");
    int fd = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
      continue;
    close(fd);
    unlink(file);
    return tell(EXPOSED, "made a file in %s, where a JVM looks for .attach_pid", places[i]);
  }
  return tell(CONTAINED, "/tmp is another one, or nothing can be made there");
}

const struct probe descriptor_probes[] = {
    {"inherited-descriptors", inherited}, {"host-file", host_file},     {"host-file-through-proc", through_links},
    {"overwrite-launcher", overwrite_program}, {"working-directory", working_directory}, {"host-environment", environment},
    {"write-system", write_system},       {"core-dump", core_dump},     {"attach-host-jvm", host_jvm},
    {NULL, NULL},
};
