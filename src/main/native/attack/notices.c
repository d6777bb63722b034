#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What the kernel tells of its own accord, once it has been asked to: signals to the owner of a descriptor, and changes of a directory. */

#ifndef FIOSETOWN
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#endif

bool victim_lives(void) {
  char path[64], text[4096];
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d", canary.victim);
  if (stat(path, &st) != 0)
    return false;
  snprintf(path, sizeof path, "/proc/%d/cmdline", canary.victim);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return true;
  ssize_t n = read(fd, text, sizeof text);
  close(fd);
  return n > 0 && canary.word != NULL && memmem(text, (size_t)n, canary.word, strlen(canary.word)) != NULL;
}

static bool own_by_fcntl(int fd) {
  return fcntl(fd, F_SETOWN, canary.victim) == 0;
}

static bool own_by_type(int fd) {
  struct f_owner_ex owner = {F_OWNER_PID, canary.victim};
  return fcntl(fd, F_SETOWN_EX, &owner) == 0;
}

static bool own_by_ioctl(int fd) {
  int pid = canary.victim;
  return ioctl(fd, FIOSETOWN, &pid) == 0;
}

static bool own_by_socket_ioctl(int fd) {
  int pid = canary.victim;
  return ioctl(fd, SIOCSPGRP, &pid) == 0;
}

static bool ask_by_flag(int fd) {
  return fcntl(fd, F_SETFL, O_ASYNC) == 0;
}

static bool ask_by_ioctl(int fd) {
  int on = 1;
  return ioctl(fd, FIOASYNC, &on) == 0;
}

/* SIGIO ends a process that does not expect it, as SIGKILL would. */
static void signal_by(const int *pair, bool (*own)(int), bool (*ask)(int)) {
  (void)fcntl(pair[0], F_SETSIG, SIGKILL);
  if (own(pair[0]) && ask(pair[0]))
    (void)!write(pair[1], "", 1);
}

static enum outcome by_descriptor(void) {
  static bool (*const own[])(int) = {own_by_fcntl, own_by_type, own_by_ioctl, own_by_socket_ioctl};
  static bool (*const ask[])(int) = {ask_by_flag, ask_by_ioctl};
  enum { OWN = sizeof own / sizeof own[0], WAYS = OWN * sizeof ask / sizeof ask[0], PATIENCE = 50 };
  const struct timespec soon = {0, 10000000};
  int pair[WAYS][2];
  if (canary.victim == 0)
    return tell(NOT_APPLICABLE, "no canary");
  if (!victim_lives())
    return tell(CONTAINED, "process %d is not there", canary.victim);
  size_t way = 0;
  bool dead = false;
  for (; way < WAYS && !dead && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair[way]) == 0; way++) {
    signal_by(pair[way], own[way % OWN], ask[way / OWN]);
    dead = !victim_lives();
  }
  /* One wait for all: where none has worked each would wait for nothing. */
  for (int i = 0; i < PATIENCE && !dead; i++) {
    nanosleep(&soon, NULL);
    dead = !victim_lives();
  }
  for (size_t i = 0; i < way; i++) {
    close(pair[i][0]);
    close(pair[i][1]);
  }
  return dead ? tell(EXPOSED, "killed process %d by one of %zu ways", canary.victim, way) : tell(CONTAINED, "process %d lives", canary.victim);
}

static enum outcome watch(void) {
  char directory[4096];
  if (canary.file == NULL)
    return tell(NOT_APPLICABLE, "no canary");
  snprintf(directory, sizeof directory, "%s", canary.file);
  char *end = strrchr(directory, '/');
  if (end == NULL)
    return tell(NOT_APPLICABLE, "no directory");
  *end = 0;
  int fd = inotify_init1(IN_CLOEXEC);
  return judge_success("inotify_add_watch", fd < 0 ? -1 : inotify_add_watch(fd, directory, IN_ALL_EVENTS));
}

const struct probe notice_probes[] = {{"signal-by-descriptor", by_descriptor}, {"watch-directory", watch}, {NULL, NULL}};
