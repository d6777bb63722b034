#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * What the kernel counts by user or for the whole machine, and no cgroup bounds: who takes all of it stops others, the host's root among
 * them. Each is taken up to far below what a host has in all, which is enough to see that nothing else is in the way.
 */

enum { INSTANCES = 64, WATCHES = 8192, SIGNALS = 4096, TIMERS = 4096, QUEUE = 64 << 10, QUEUES = 6, TERMINALS = 256 };

static void all_descriptors(void) {
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
  }
}

static enum outcome reached(const char *what, long n, long enough) {
  return n >= enough ? tell(EXPOSED, "%ld %s, and no end", n, what) : tell(CONTAINED, "%ld %s, then: %s", n, what, strerror(errno));
}

static enum outcome instances(void) {
  int n = 0;
  all_descriptors();
  while (n < INSTANCES && inotify_init1(IN_CLOEXEC) >= 0)
    n++;
  return reached("inotify instances", n, INSTANCES);
}

/* Watches what lies below with all instances. False when no more are to be had, or enough are. */
static bool watch(const int *instance, int count, const char *path, int depth, int *n) {
  DIR *directory;
  struct dirent *e;
  bool more = true;
  for (int i = 0; i < count; i++) {
    if (*n >= WATCHES)
      return false;
    if (inotify_add_watch(instance[i], path, IN_OPEN) >= 0)
      ++*n;
    else if (errno == ENOSPC || errno == EPERM || errno == ENOSYS)
      return false;
  }
  directory = depth > 0 ? opendir(path) : NULL;
  while (directory != NULL && more && (e = readdir(directory)) != NULL) {
    char below[1024];
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
        (size_t)snprintf(below, sizeof below, "%s/%s", path, e->d_name) < sizeof below)
      more = watch(instance, count, below, e->d_type == DT_DIR ? depth - 1 : 0, n);
  }
  int error = errno;
  if (directory != NULL)
    closedir(directory);
  errno = error;
  return more;
}

static enum outcome watches(void) {
  enum { EACH = 8, DEPTH = 4 };
  int instance[EACH], count = 0, n = 0;
  while (count < EACH && (instance[count] = inotify_init1(IN_CLOEXEC)) >= 0)
    count++;
  if (count == 0)
    return tell(CONTAINED, "inotify_init1: %s", strerror(errno));
  if (watch(instance, count, "/usr", DEPTH, &n) && watch(instance, count, "/proc", 2, &n))
    return tell(NOT_APPLICABLE, "only %d things to watch", n);
  return reached("inotify watches", n, WATCHES);
}

static enum outcome signals(void) {
  int n = 0;
  sigset_t all;
  union sigval value = {0};
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  while (n < SIGNALS && sigqueue(getpid(), SIGRTMIN + 1, value) == 0)
    n++;
  return reached("queued signals", n, SIGNALS);
}

static enum outcome timers(void) {
  int n = 0;
  timer_t timer;
  struct sigevent none = {.sigev_notify = SIGEV_NONE};
  while (n < TIMERS && timer_create(CLOCK_MONOTONIC, &none, &timer) == 0)
    n++;
  return reached("timers", n, TIMERS);
}

/* Without a name as soon as it is there: it is not to outlive this process. */
static enum outcome queues(void) {
  struct mq_attr wanted = {.mq_maxmsg = 8, .mq_msgsize = QUEUE / 8};
  int n = 0;
  while (n < QUEUES) {
    char name[64];
    snprintf(name, sizeof name, "/sandjar-probe-%d-%d", (int)getpid(), n);
    if (mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &wanted) == (mqd_t)-1)
      break;
    mq_unlink(name);
    n++;
  }
  return reached("message queues of 64 KiB", n, QUEUES);
}

static enum outcome terminals(void) {
  int n = 0;
  all_descriptors();
  while (n < TERMINALS && open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
    n++;
  return reached("pseudo-terminals", n, TERMINALS);
}

/* While more are on their way than a process may have open, it can pass none. */
static enum outcome flying(void) {
  enum { EACH = 250, MESSAGES = 4, ENOUGH = 5000 };
  char byte = 0;
  struct iovec data = {&byte, 1};
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(EACH * sizeof(int))];
  } control;
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  int n = 0, pair[2];
  memset(&control, 0, sizeof control);
  control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(EACH * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  all_descriptors();
  while (n < ENOUGH && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0) {
    for (int i = 0; i < EACH; i++)
      memcpy(CMSG_DATA(&control.head) + (size_t)i * sizeof(int), &pair[1], sizeof(int));
    for (int i = 0; i < MESSAGES; i++) {
      if (sendmsg(pair[0], &message, 0) < 0)
        return reached("descriptors in flight", n, ENOUGH);
      n += EACH;
    }
  }
  return reached("descriptors in flight", n, ENOUGH);
}

/* ---------------------------------------------------------------- memory of sockets */

enum { BUFFERS = 8 << 20, SOCKETS = 200 };

/* A file of this process's cgroup of that hierarchy, "" for v2, as text; false if it can't be seen. */
static bool cgroup_file(const char *controller, const char *file, char *text, size_t size) {
  char line[1024], path[2048] = "";
  FILE *f = fopen("/proc/self/cgroup", "re");
  while (f != NULL && path[0] == 0 && fgets(line, sizeof line, f) != NULL) {
    char *kind = strchr(line, ':'), *group = kind == NULL ? NULL : strchr(kind + 1, ':');
    if (group == NULL)
      continue;
    *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    if (strcmp(kind + 1, controller) == 0)
      snprintf(path, sizeof path, "/sys/fs/cgroup/%s%s/%s", controller, strcmp(group, "/") == 0 ? "" : group, file);
  }
  if (f != NULL)
    fclose(f);
  int fd = path[0] == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
  if (fd >= 0)
    close(fd);
  text[n > 0 ? n : 0] = 0;
  return n > 0;
}

/* What of its cgroup's limits counts sockets: -1 nothing, -2 it can't be known. */
static long long counted(bool *limited) {
  static char text[16384];
  long long n = -1;
  if (cgroup_file("memory", "memory.kmem.tcp.limit_in_bytes", text, sizeof text)) {
    *limited = strtoll(text, NULL, 10) < INT64_MAX / 2;
    return cgroup_file("memory", "memory.kmem.tcp.usage_in_bytes", text, sizeof text) ? strtoll(text, NULL, 10) : -1;
  }
  if (cgroup_file("memory", "memory.limit_in_bytes", text, sizeof text))
    return -1; /* a v1 that knows of none */
  if (!cgroup_file("", "memory.stat", text, sizeof text))
    return -2;
  char *sock = strstr(text, "\nsock ");
  if (sock != NULL)
    n = strtoll(sock + 6, NULL, 10);
  *limited = cgroup_file("", "memory.max", text, sizeof text) && strncmp(text, "max", 3) != 0;
  return n;
}

static long fill_stream(struct sockaddr_in *to, socklen_t length, const char *block, size_t size) {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  long n = 0;
  if (s < 0 || (connect(s, (struct sockaddr *)to, length) != 0 && errno != EINPROGRESS))
    return -1;
  for (ssize_t w; n < BUFFERS / 8 && (w = write(s, block, size)) > 0;)
    n += w;
  return n;
}

static long fill_datagrams(const char *block, size_t size) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  int r = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  long n = 0;
  if (r < 0 || s < 0 || bind(r, (struct sockaddr *)&at, length) != 0 || getsockname(r, (struct sockaddr *)&at, &length) != 0)
    return -1;
  for (ssize_t w; n < (long)size * 4 && (w = sendto(s, block, size, 0, (struct sockaddr *)&at, length)) > 0;)
    n += w;
  return n;
}

static enum outcome buffers(bool stream) {
  static char block[32768];
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  bool limited = false;
  long long before = counted(&limited);
  long total = 0;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0)
    return tell(CONTAINED, "socket: %s", strerror(errno));
  if (before == -2)
    return tell(NOT_APPLICABLE, "no cgroup of its own is in sight, by which to tell");
  if (bind(server, (struct sockaddr *)&at, length) != 0 || listen(server, SOCKETS) != 0 ||
      getsockname(server, (struct sockaddr *)&at, &length) != 0)
    return tell(NOT_APPLICABLE, "loopback: %s", strerror(errno));
  for (int i = 0; i < SOCKETS && total < BUFFERS; i++) {
    long n = stream ? fill_stream(&at, length, block, sizeof block) : fill_datagrams(block, sizeof block);
    if (n <= 0)
      break;
    total += n;
  }
  long long now = counted(&limited);
  if (before < 0 || !limited)
    return tell(EXPOSED, "%ld KiB in buffers that no limit counts", total >> 10);
  return now - before >= total / 2 ? tell(CONTAINED, "%ld KiB in buffers, %lld of them counted", total >> 10, (now - before) >> 10)
                                   : tell(EXPOSED, "%ld KiB in buffers, %lld of them counted", total >> 10, (now - before) >> 10);
}

static enum outcome tcp(void) {
  return buffers(true);
}

static enum outcome udp(void) {
  return buffers(false);
}

const struct probe counter_probes[] = {
    {"inotify-instances", instances}, {"inotify-watches", watches}, {"queued-signals", signals}, {"posix-timers", timers},
    {"message-queues", queues},       {"terminals", terminals},     {"descriptors-in-flight", flying}, {"tcp-buffers", tcp},        {"udp-buffers", udp},
    {NULL, NULL},
};
