#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
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

int serve(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  char byte;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0 ||
      getsockname(fd, (struct sockaddr *)&at, &length) != 0 || listen_unix(canary.abstract, 1) != 0 || listen_unix(canary.path, 0) != 0)
    return 1;
  printf("ready %d\n", ntohs(at.sin_port));
  fflush(stdout);
  while (read(0, &byte, 1) > 0)
    ;
  return 0;
}
