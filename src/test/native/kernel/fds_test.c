/* Closing everything but a few: with close_range and without. */
#define _GNU_SOURCE
#include "kernel/fds.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "without_call.h"

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

static void raising(void) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), low = fd, none = -1;
  CHECK(fd >= 0);
  CHECK(sj_raise(&fd) == 0 && fd >= SJ_HIGH_FD && !is_open(low));
  CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  int high = fd;
  CHECK(sj_raise(&fd) == 0 && fd == high); /* it is high enough */
  CHECK(sj_raise(&none) == 0 && none == -1);
  close(fd);
}

static void raising_under_a_low_limit(void) {
  struct rlimit limit = {100, 100}, lower = {SJ_HIGH_FD_LEAST, SJ_HIGH_FD_LEAST};
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), other = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(sj_raise(&fd) == 0 && fd > SJ_TARGET_MAX && fd < 100);
  int high = fd;
  CHECK(sj_raise(&fd) == 0 && fd == high);
  CHECK(setrlimit(RLIMIT_NOFILE, &lower) == 0);
  CHECK(sj_raise(&other) == -1 && errno == EMFILE);
}

static void closing(void) {
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fds[200];
  CHECK(proc >= 0);
  for (int i = 0; i < 200; i++)
    CHECK((fds[i] = open("/dev/null", O_RDONLY)) >= 0);
  /* Unsorted, doubled, with an unused place, side by side and far apart. */
  int keep[] = {fds[150], proc, fds[3], -1, fds[4], fds[3], fds[199]};
  CHECK(sj_close_others(proc, 3, keep, sizeof keep / sizeof keep[0]) == 0);
  for (int i = 0; i < 200; i++)
    CHECK(is_open(fds[i]) == (i == 3 || i == 4 || i == 150 || i == 199));
  CHECK(is_open(0) && is_open(1) && is_open(2) && is_open(proc));
}

/* The program is about to be executed: the procfs that was of use until now goes too. */
static void closing_procfs_as_well(void) {
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), kept = open("/dev/null", O_RDONLY);
  int other = open("/dev/null", O_RDONLY);
  CHECK(proc >= 0 && kept >= 0 && other >= 0);
  CHECK(sj_close_others(proc, 3, &kept, 1) == 0);
  CHECK(is_open(kept) && !is_open(other) && !is_open(proc));
}

static void too_many(void) {
  static int keep[2000];
  CHECK(sj_close_others(-1, 3, keep, 2000) != 0 && errno == E2BIG);
}

int main(void) {
  static void (*const tests[])(void) = {raising, raising_under_a_low_limit, closing, closing_procfs_as_well, too_many};
  for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    in_child(tests[i], 0);
    in_child(tests[i], SYS_close_range);
  }
  return 0;
}
