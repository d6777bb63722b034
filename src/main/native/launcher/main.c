/*
 * sandjar-launcher: started by the Sandjar library, once for each Java machine; the parent of every sandbox.
 *
 * It is a process of its own because the Java machine is large and has many threads: set-up code in a fork of it could call next to
 * nothing safely, would copy its page tables, and PR_SET_PDEATHSIG would follow the death of a thread. This one is small, static and
 * has one thread. When its socket ends, however Java died, it ends every sandbox and then itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "files/files.h"
#include "keeper/keeper.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "launcher/event_loop.h"

#include "prefix/prefix.h"
#include "protocol/protocol.h"
#include "relay/relay.h"

#ifndef SANDJAR_VERSION
#define SANDJAR_VERSION "unknown"
#endif

enum { JAVA = 3, PROC_MAGIC = 0x9fa0 };

static int complain(const char *what) {
  fprintf(stderr, "sandjar-launcher: %s\n", what);
  return 64;
}

/* Every file of /proc is reached through this descriptor, which can't be something else mounted in its place. */
static int open_proc(void) {
  struct statfs fs;
  int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != PROC_MAGIC)) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* A sandbox takes two descriptors here; the usual soft limit would end at some 500. */
static void raise_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
}

static bool add(int epoll, int fd, uint64_t who) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = who};
  return sj_fault_events() == 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Only after every descriptor but these was closed. 0, or the exit status. */
static int keep_only(int proc) {
  int keep[] = {JAVA, proc};
  if (proc < 0)
    return complain("/proc is not a procfs");
  if (sj_close_others(proc, 3, keep, 2) != 0)
    return complain("inherited descriptors can't be closed");
  for (int sig = 1; sig < NSIG; sig++)
    (void)signal(sig, SIG_DFL); /* SIGKILL and SIGSTOP refuse, and need none */
  return 0;
}

/* What a terminal sends to the session of the Java machine is that one's to take; the end of the socket ends this one. */
static int leave_session(void) {
  sigset_t all;
  sigfillset(&all);
  return sigprocmask(SIG_SETMASK, &all, NULL) == 0 && setsid() >= 0 ? 0 : complain("has no session of its own");
}

static int launch(int proc) {
  struct sj_launcher l = {.java = JAVA, .proc = proc};
  sigset_t all;
  sigfillset(&all);
  sj_fault_init();
  l.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  l.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (l.signals < 0 || l.epoll < 0 || fcntl(JAVA, F_SETFD, FD_CLOEXEC) != 0 || fcntl(JAVA, F_SETFL, O_NONBLOCK) != 0 ||
      prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return complain("can't be set up");
  if (!add(l.epoll, JAVA, SJ_FROM_JAVA) || !add(l.epoll, l.signals, SJ_FROM_SIGNALS))
    return complain(errno == ENOSPC ? "can't wait for events: this user has no epoll watches left; end programs that have"
                                      " many, or raise fs.epoll.max_user_watches with sysctl"
                                    : "can't wait for events");
  return sj_serve(&l);
}

/* For a prefix, which has forked. */
static int launch_at(int socket) {
  if (socket != JAVA && dup2(socket, JAVA) != JAVA)
    return complain("has no room for its socket");
  int proc = open_proc();
  if (proc == JAVA || keep_only(proc) != 0 || leave_session() != 0)
    return 64;
  raise_limit();
  return launch(proc);
}

static bool is_called(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

int main(int argc, char **argv) {
  int type = 0;
  socklen_t size = sizeof type;
  if (argc > 0 && is_called(argv[0], "sandjar-run"))
    return sj_prefix(argc, argv, launch_at);
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    printf("sandjar-launcher %s wire %d\n", SANDJAR_VERSION, SJ_WIRE_VERSION);
    return 0;
  }
  bool files = argc > 1 && strcmp(argv[1], "files") == 0;
  bool keeper = argc > 1 && strcmp(argv[1], "keeper") == 0;
  bool relay = argc == 2 && strcmp(argv[1], "relay") == 0;
  if ((argc != 1 && !files && !keeper && !relay) || getsockopt(JAVA, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)
    return complain("is started by the Sandjar library; it has no other use");
  int proc = open_proc(), status = keep_only(proc);
  if (status != 0)
    return status;
  if (relay) {
    raise_limit();
    return sj_relay(JAVA, proc);
  }
  if ((status = leave_session()) != 0)
    return status;
  if (files)
    return sj_files(JAVA, proc, argc - 2, argv + 2);
  raise_limit();
  return keeper ? sj_keep(JAVA, proc, argc - 2, argv + 2) : launch(proc);
}
