#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int inet(const char *address, int port, int type) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}

/* What leads out may lead to the host's own loopback, as user-mode networks do. */
static bool gateways_lead_there(void) {
  char line[256];
  unsigned long gateway;
  FILE *routes = fopen("/proc/self/net/route", "re");
  bool reached = false;
  while (routes != NULL && !reached && fgets(line, sizeof line, routes) != NULL)
    if (sscanf(line, "%*s %*x %lx", &gateway) == 1 && gateway != 0)
      reached = tcp_reaches(AF_INET, &(struct in_addr){(in_addr_t)gateway}, canary.port);
  if (routes != NULL)
    fclose(routes);
  return reached;
}

static enum outcome loopback(void) {
  if (canary.port == 0)
    return tell(NOT_APPLICABLE, "no canary");
  if (inet("127.0.0.1", canary.port, SOCK_STREAM) == 0 || inet("0.0.0.0", canary.port, SOCK_STREAM) == 0)
    return tell(EXPOSED, "connected to a server on the host's loopback");
  int error = errno;
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)canary.port)};
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
    return tell(EXPOSED, "connected to ::ffff:127.0.0.1 of the host");
  if (gateways_lead_there())
    return tell(EXPOSED, "connected to a server on the host's loopback by a gateway");
  return tell(CONTAINED, "%s", strerror(error));
}

/* A datagram socket's connect sends nothing: it only looks for a way. */
static enum outcome route(void) {
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
  inet_pton(AF_INET6, "2001:db8::1", &to.sin6_addr);
  int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
    return tell(EXPOSED, "a way to 2001:db8::1");
  return judge_success("a way to 192.0.2.1", inet("192.0.2.1", 9, SOCK_DGRAM));
}

static enum outcome unix_socket(const char *name, size_t skip) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (name == NULL || strlen(name) + 2 > sizeof to.sun_path)
    return tell(NOT_APPLICABLE, "no canary");
  strcpy(to.sun_path + skip, name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + skip + strlen(name) + (skip == 0));
  return judge_success("connect", fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, length));
}

static enum outcome abstract(void) {
  return unix_socket(canary.abstract, 1);
}

/* No connection is made: the address comes with what is sent. A pair has sockets where socket(2) makes none. */
static enum outcome datagram(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (canary.abstract == NULL)
    return tell(NOT_APPLICABLE, "no canary");
  int n = snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "%s-datagram", canary.abstract);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
  if (fd >= 0 && sendto(fd, "", 1, 0, (struct sockaddr *)&to, length) >= 0)
    return judge_success("sendto", 0);
  const int types[] = {SOCK_DGRAM, SOCK_RAW}; /* the others ignore the address, or refuse it */
  int error = errno;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    int pair[2];
    if (socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, pair) == 0 && sendto(pair[0], "", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, length) >= 0)
      return judge_success("sendto by one of a pair", 0);
  }
  errno = error;
  return judge_success("sendto", -1);
}

static enum outcome pathname(void) {
  return unix_socket(canary.path, 0);
}

static enum outcome family(int domain, int type, int protocol, const char *name) {
  int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
  if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == ENOENT))
    return tell(NOT_APPLICABLE, "socket(%s): %s", name, strerror(errno));
  return judge_success(name, fd);
}

static enum outcome raw(void) {
  return family(AF_INET, SOCK_RAW, 1, "raw ICMP");
}

static enum outcome packet(void) {
  return family(17, SOCK_DGRAM, 0, "AF_PACKET");
}

static enum outcome alg(void) {
  return family(38, 5, 0, "AF_ALG");
}

static enum outcome vsock(void) {
  return family(40, SOCK_STREAM, 0, "AF_VSOCK");
}

static enum outcome xdp(void) {
  return family(44, SOCK_RAW, 0, "AF_XDP");
}

static enum outcome netfilter(void) {
  return family(AF_NETLINK, SOCK_RAW, 12, "NETLINK_NETFILTER");
}

static enum outcome uevents(void) {
  return family(AF_NETLINK, SOCK_DGRAM, 15, "NETLINK_KOBJECT_UEVENT");
}

const struct probe network_probes[] = {
    {"host-loopback", loopback}, {"outside", route},  {"abstract-socket", abstract}, {"pathname-socket", pathname},
    {"raw-socket", raw},         {"af-packet", packet}, {"af-alg", alg},             {"af-vsock", vsock},
    {"af-xdp", xdp},             {"netlink-netfilter", netfilter}, {"netlink-uevents", uevents}, {"abstract-datagram", datagram}, {NULL, NULL},
};
