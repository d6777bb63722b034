/*
 * What the kernel alone takes for a start: as many workers as processors fork, make namespaces, fork into them, execute a static program
 * and wait, one after another. Nothing is mounted but procfs, and nothing filtered, read or told. Nobody's sandboxes can start more often.
 *
 *   floor PROGRAM SECONDS [CGROUP...]
 *
 * The case before the last ones runs beside 2,000 other network namespaces. With directories of cgroups, the last case also makes a cgroup
 * in each of them, moves into it, and removes it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ended_well(pid_t pid) {
  int status;
  return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t start(const char *program) {
  pid_t pid = vfork();
  if (pid == 0) {
    execl(program, program, (char *)NULL);
    _exit(127);
  }
  return pid;
}

static int enter(const char *cgroup) {
  char path[4200];
  snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  int ok = fd >= 0 && write(fd, "0", 1) == 1;
  if (fd >= 0)
    close(fd);
  return ok;
}

/* The kernel says EBUSY for as long as it has not let go of the last process. */
static int removed(const char *cgroup) {
  int result;
  do
    result = rmdir(cgroup);
  while (result != 0 && errno == EBUSY);
  return result == 0;
}

static int loopback_up(void) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int up = s >= 0 && ioctl(s, SIOCSIFFLAGS, &request) == 0;
  if (s >= 0)
    close(s);
  return up;
}

enum { OTHERS = 2000 };
static pid_t others[OTHERS];

/* 0 if not all are there. */
static int make_others(void) {
  int ready[2];
  char byte;
  if (pipe2(ready, O_CLOEXEC) != 0)
    return 0;
  for (int i = 0; i < OTHERS; i++) {
    others[i] = fork();
    if (others[i] == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (unshare(CLONE_NEWNET) == 0 && loopback_up() && write(ready[1], "", 1) == 1)
        pause();
      _exit(1);
    }
  }
  close(ready[1]);
  int there = 0;
  while (there < OTHERS && read(ready[0], &byte, 1) == 1)
    there++;
  close(ready[0]);
  return there == OTHERS;
}

static void end_others(void) {
  for (int i = 0; i < OTHERS; i++)
    if (others[i] > 0)
      kill(others[i], SIGKILL);
  for (int i = 0; i < OTHERS; i++)
    if (others[i] > 0)
      waitpid(others[i], NULL, 0);
}

static int one(const char *program, unsigned long namespaces, int proc) {
  if (namespaces == 0)
    return ended_well(start(program));
  pid_t pid = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0L, 0L, 0L, 0L);
  if (pid == 0) {
    if ((namespaces & CLONE_NEWNET) && !loopback_up())
      _exit(125);
    if (proc && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("proc", "/proc", "proc", 0, NULL) != 0))
      _exit(126);
    _exit(ended_well(start(program)) ? 0 : 1);
  }
  return ended_well(pid);
}

static int in_cgroups(char **parents, int count, const char *program, unsigned long namespaces) {
  char paths[16][4100];
  for (int i = 0; i < count; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/floor-%d", parents[i], getpid());
    if (mkdir(paths[i], 0755) != 0)
      return 0;
  }
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < count; i++)
      if (!enter(paths[i]))
        _exit(1);
    _exit(one(program, namespaces, 1) ? 0 : 1);
  }
  int ok = ended_well(pid);
  for (int i = 0; i < count; i++)
    ok &= removed(paths[i]);
  return ok;
}

int main(int argc, char **argv) {
  const unsigned long inner = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const struct {
    const char *name;
    unsigned long namespaces;
    int proc;
    int cgroups;
    int others;
  } cases[] = {
      {"fork, exec, wait", 0, 0, 0, 0},
      {"and PID, mount, IPC, UTS, cgroup namespaces", inner, 0, 0, 0},
      {"and a procfs of their own", inner, 1, 0, 0},
      {"and a network namespace with loopback", inner | CLONE_NEWNET, 1, 0, 0},
      {"the same beside 2,000 network namespaces", inner | CLONE_NEWNET, 1, 0, 1},
      {"and cgroups, without the 2,000", inner | CLONE_NEWNET, 1, 1, 0},
  };
  long workers = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned long *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (argc < 3 || argc > 19 || workers < 1 || workers > 512 || counts == MAP_FAILED)
    return 2;
  unsigned last = sizeof cases / sizeof cases[0] - (argc == 3);
  for (unsigned i = 0; i < last; i++) {
    if (cases[i].others && !make_others()) {
      end_others();
      return 1;
    }
    double begin = now(), end = begin + atof(argv[2]);
    for (long w = 0; w < workers; w++) {
      counts[w] = 0;
      if (fork() == 0) {
        while (now() < end) {
          if (!(cases[i].cgroups ? in_cgroups(argv + 3, argc - 3, argv[1], cases[i].namespaces)
                                 : one(argv[1], cases[i].namespaces, cases[i].proc))) {
            perror(cases[i].name);
            _exit(1);
          }
          counts[w]++;
        }
        _exit(0);
      }
    }
    int failed = 0;
    unsigned long sum = 0;
    for (long w = 0; w < workers; w++) {
      int status;
      failed |= wait(&status) < 0 || status != 0;
    }
    double took = now() - begin;
    for (long w = 0; w < workers; w++)
      sum += counts[w];
    if (cases[i].others)
      end_others();
    if (failed)
      return 1;
    printf("%-48s %6.0f a second\n", cases[i].name, (double)sum / took);
    fflush(stdout);
    sleep(1);
  }
  return 0;
}
