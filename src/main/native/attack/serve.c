#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_unix(const char *name, size_t skip) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if (name == NULL || strlen(name) + 2 > sizeof at.sun_path)
    return 0;
  strcpy(at.sun_path + skip, name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + skip + strlen(name) + (skip == 0));
  return fd >= 0 && bind(fd, (struct sockaddr *)&at, length) == 0 && listen(fd, 64) == 0 ? 0 : -1;
}

/* So that senders need no connection. */
static int receive_datagrams(const char *name) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if (name == NULL)
    return 0;
  int n = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "%s-datagram", name);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return fd >= 0 && bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0 ? 0 : -1;
}

/* A process that any signal ends, and that goes with this one. */
static pid_t victim(void) {
  signal(SIGCHLD, SIG_IGN);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0)
      while (getppid() == parent)
        pause();
    _exit(0);
  }
  return pid;
}

int serve(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  char byte;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0 ||
      getsockname(fd, (struct sockaddr *)&at, &length) != 0 || listen_unix(canary.abstract, 1) != 0 || listen_unix(canary.path, 0) != 0 || receive_datagrams(canary.abstract) != 0)
    return 1;
  pid_t pid = victim();
  if (pid < 0)
    return 1;
  printf("ready %d %d\n", ntohs(at.sin_port), (int)pid);
  fflush(stdout);
  while (read(0, &byte, 1) > 0)
    ;
  return 0;
}
