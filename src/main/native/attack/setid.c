#define _GNU_SOURCE
#include "attack.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Files that run with their owner's or group's rights. In a directory of the host that is bound writable, it is the host's users who
 * would run them, past nosuid and no_new_privs of the sandbox. In memory of the sandbox's own it is nobody.
 */

enum { NR_openat2 = 437, NR_fchmodat2 = 452, USER = S_ISUID | 0711, GROUP = S_ISGID | 0711, NEW = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC };

static void by_chmod(const char *path) {
  (void)chmod(path, USER);
}

static void by_fchmod(const char *path) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  (void)fchmod(fd, GROUP);
  close(fd);
}

static void by_fchmodat(const char *path) {
  (void)syscall(SYS_fchmodat, AT_FDCWD, path, USER);
}

static void by_fchmodat2(const char *path) {
  (void)syscall(NR_fchmodat2, AT_FDCWD, path, GROUP, 0);
}

static void by_open(const char *path) {
#ifdef SYS_open
  close((int)syscall(SYS_open, path, NEW, USER));
#else
  (void)path;
#endif
}

static void by_creat(const char *path) {
#ifdef SYS_creat
  close((int)syscall(SYS_creat, path, GROUP));
#else
  (void)path;
#endif
}

static void by_openat(const char *path) {
  close((int)syscall(SYS_openat, AT_FDCWD, path, NEW, GROUP));
}

static void by_openat2(const char *path) {
  uint64_t how[3] = {NEW, USER, 0};
  close((int)syscall(NR_openat2, AT_FDCWD, path, how, sizeof how));
}

static void by_mknod(const char *path) {
  (void)mknod(path, S_IFREG | USER, 0);
}

static const struct way {
  const char *name;
  bool new; /* it makes the file, rather than changing one */
  void (*make)(const char *path);
} ways[] = {
    {"chmod", false, by_chmod},         {"fchmod", false, by_fchmod}, {"fchmodat", false, by_fchmodat},
    {"fchmodat2", false, by_fchmodat2}, {"open", true, by_open},      {"creat", true, by_creat},
    {"openat", true, by_openat},        {"openat2", true, by_openat2}, {"mknod", true, by_mknod},
};

/* O_TMPFILE makes a file without a name, so that its mode has to be asked of its descriptor. */
static bool nameless(const char *directory) {
  struct stat st;
  int fd = open(directory, O_WRONLY | O_TMPFILE | O_CLOEXEC, USER);
  bool made = fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_ISUID) != 0;
  if (fd >= 0)
    close(fd);
  return made;
}

/* Set-group-ID lends nothing to who is in the group, or where it may not be executed. */
static bool lends(mode_t mode) {
  mode_t group = S_ISGID | S_IXGRP | S_IXOTH;
  return (mode & S_ISUID) != 0 || (mode & group) == group;
}

/*
 * Whether a place is a tmpfs mounted whole, on which set-id bits don't count: then nobody executes it by another path. Of several mounts
 * on one place the last is seen.
 */
static bool own_memory(const char *place) {
  char real[4096], line[8192], at[4096], root[4096], options[512];
  size_t longest = 0;
  bool own = false;
  FILE *f = fopen("/proc/self/mountinfo", "re");
  if (f == NULL || realpath(place, real) == NULL) {
    if (f != NULL)
      fclose(f);
    return false;
  }
  while (fgets(line, sizeof line, f) != NULL) {
    if (sscanf(line, "%*d %*d %*s %4095s %4095s %511s", root, at, options) != 3)
      continue;
    size_t n = strcmp(at, "/") == 0 ? 0 : strlen(at);
    if (n < longest || strncmp(real, at, n) != 0 || (real[n] != '/' && real[n] != 0))
      continue;
    longest = n;
    own = strcmp(root, "/") == 0 && strstr(line, " - tmpfs ") != NULL && strstr(options, "nosuid") != NULL;
  }
  fclose(f);
  return own;
}

static enum outcome set_id_file(void) {
  static const char *const places[] = {"/tmp", "/dev/shm", "."};
  int writable = 0;
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    if (own_memory(places[i])) {
      writable++;
      continue;
    }
    if (nameless(places[i]))
      return tell(EXPOSED, "O_TMPFILE made one in %s", places[i]);
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
      char path[64];
      struct stat st;
      snprintf(path, sizeof path, "%s/.sandjar-set-id-%d", places[i], getpid());
      int fd = open(path, NEW, 0700);
      if (fd < 0)
        break;
      writable++;
      close(fd);
      if (ways[k].new)
        unlink(path);
      ways[k].make(path);
      bool made = stat(path, &st) == 0 && lends(st.st_mode);
      unlink(path);
      if (made)
        return tell(EXPOSED, "%s made one in %s", ways[k].name, places[i]);
    }
  }
  return writable == 0 ? tell(NOT_APPLICABLE, "nowhere to make a file") : tell(CONTAINED, "none but in memory of its own");
}

const struct probe set_id_probes[] = {{"set-id-file", set_id_file}, {NULL, NULL}};
