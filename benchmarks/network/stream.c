/*
 * One connection over which many bytes go one way, each end in a session of its own, as it is in a sandbox: a
 * scheduler shares out processors by session where it has autogroups. `stream sink PORT [ADDRESS]` listens, on 127.0.0.1 unless said otherwise, says so, and takes what comes, connection by
 * connection. `stream source PORT MEBIBYTES [ADDRESS]` sends, waits until all was taken, and prints how many nanoseconds that took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 17 };

static char buffer[PIECE];

static int failed(const char *call) {
  perror(call);
  return 1;
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int sink(int s, const struct sockaddr_in *a) {
  struct sockaddr_in bound;
  socklen_t size = sizeof bound;
  int one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (const struct sockaddr *)a, sizeof *a) != 0 || listen(s, 8) != 0 || getsockname(s, (struct sockaddr *)&bound, &size) != 0)
    return failed("bind");
  printf("%d\n", ntohs(bound.sin_port));
  fflush(stdout);
  for (;;) {
    int c = accept(s, NULL, NULL);
    if (c < 0)
      return failed("accept");
    while (read(c, buffer, PIECE) > 0)
      continue;
    close(c);
  }
}

static int source(int s, const struct sockaddr_in *a, uint64_t left) {
  uint64_t begin = now();
  if (connect(s, (const struct sockaddr *)a, sizeof *a) != 0)
    return failed("connect");
  while (left > 0) {
    ssize_t n = write(s, buffer, left < PIECE ? (size_t)left : PIECE);
    if (n < 0)
      return failed("write");
    left -= (uint64_t)n;
  }
  shutdown(s, SHUT_WR);
  ssize_t end = read(s, buffer, PIECE);
  if (end != 0)
    return failed("read");
  printf("%" PRIu64 "\n", now() - begin);
  return 0;
}

int main(int argc, char **argv) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  (void)setsid(); /* fails for one that has its own already */
  if (s < 0 || argc < 3)
    return 2;
  memset(buffer, 'x', PIECE);
  a.sin_port = htons((uint16_t)atoi(argv[2]));
  int named = strcmp(argv[1], "sink") == 0 ? 3 : 4;
  if (argc > named && inet_pton(AF_INET, argv[named], &a.sin_addr) != 1)
    return 2;
  if (named == 3)
    return sink(s, &a);
  return argc < 4 ? 2 : source(s, &a, (uint64_t)atoll(argv[3]) << 20);
}
