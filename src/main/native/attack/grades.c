#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a network must not let be changed, and what one that lets names through must not let through beside them. */

enum { WAIT_MS = 3000, NOWHERE = 1 };

bool tcp_reaches(int family, const void *address, int port) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  bool is_four = family == AF_INET;
  memcpy(is_four ? (void *)&four.sin_addr : &six.sin6_addr, address, is_four ? sizeof four.sin_addr : sizeof six.sin6_addr);
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
  if (fd < 0)
    return false;
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  socklen_t length = sizeof error;
  bool reached = connect(fd, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six, is_four ? sizeof four : sizeof six) == 0;
  if (!reached && errno == EINPROGRESS && poll(&wait, 1, WAIT_MS) == 1)
    reached = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
  close(fd);
  return reached;
}

/* Sets what is set already, but where loopback is down. */
static enum outcome interface(void) {
  struct ifreq lo = {.ifr_name = "lo"};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) != 0)
    return judge_success("SIOCGIFFLAGS", -1);
  const char *state = (lo.ifr_flags & IFF_UP) != 0 ? "up" : "down";
  lo.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &lo) == 0)
    return tell(EXPOSED, "SIOCSIFFLAGS succeeded; lo was %s", state);
  return tell(CONTAINED, "lo is %s, SIOCSIFFLAGS: %s", state, strerror(errno));
}

/* Every other error comes from behind the question who may. */
static enum outcome said(const char *what, const struct nlmsghdr *head, int error) {
  errno = head->nlmsg_type == NLMSG_ERROR ? -error : 0;
  return outcome_of(what, errno == 0 ? 0 : -1);
}

/* Takes away what is not there, which only who may is told. */
static enum outcome without(const char *what, int type, const void *body, size_t body_size, int attribute, const char *address) {
  struct {
    struct nlmsghdr head;
    char rest[64];
  } request = {.head = {.nlmsg_type = (uint16_t)type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
  struct rtattr *to = (struct rtattr *)(void *)(request.rest + NLMSG_ALIGN(body_size));
  memcpy(request.rest, body, body_size);
  to->rta_type = (uint16_t)attribute;
  to->rta_len = RTA_LENGTH(sizeof(struct in_addr));
  inet_pton(AF_INET, address, RTA_DATA(to));
  request.head.nlmsg_len = (uint32_t)(NLMSG_LENGTH(NLMSG_ALIGN(body_size)) + to->rta_len);
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[512];
  } answer = {.error = {.error = 0}};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0)
    return judge_success("NETLINK_ROUTE", -1);
  if (send(fd, &request, request.head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.head)
    return outcome_of(what, -1);
  return said(what, &answer.head, answer.error.error);
}

static enum outcome address(void) {
  struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = NOWHERE};
  return without("RTM_DELADDR", RTM_DELADDR, &body, sizeof body, IFA_LOCAL, "203.0.113.77");
}

static enum outcome routes(void) {
  struct rtmsg body = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_scope = RT_SCOPE_NOWHERE};
  return without("RTM_DELROUTE", RTM_DELROUTE, &body, sizeof body, RTA_DST, "203.0.113.77");
}

/* Asks for the generation of the rules, which only who may change them is told. */
static enum outcome firewall(void) {
  struct {
    struct nlmsghdr head;
    struct nfgenmsg body;
  } request = {.head = {.nlmsg_len = sizeof request, .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, .nlmsg_flags = NLM_F_REQUEST}};
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[512];
  } answer = {.error = {.error = 0}};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0 && errno == EPROTONOSUPPORT)
    return tell(NOT_APPLICABLE, "this kernel has no packet filter");
  if (fd < 0)
    return judge_success("NETLINK_NETFILTER", -1);
  if (send(fd, &request, sizeof request, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.head)
    return outcome_of("NFT_MSG_GETGEN", -1);
  return said("NFT_MSG_GETGEN", &answer.head, answer.error.error);
}

/* What the hosts file says, with which nothing has to be asked. */
static bool address_of(const char *name, struct in_addr *found) {
  char line[1024];
  FILE *hosts = fopen("/etc/hosts", "re");
  bool there = false;
  while (hosts != NULL && !there && fgets(line, sizeof line, hosts) != NULL) {
    char *rest = NULL, *word = strtok_r(line, " \t\n", &rest);
    if (word == NULL || inet_pton(AF_INET, word, found) != 1)
      continue;
    while (!there && (word = strtok_r(NULL, " \t\n", &rest)) != NULL)
      there = strcmp(word, name) == 0;
  }
  if (hosts != NULL)
    fclose(hosts);
  return there;
}

/* Without rules no packet is sent: it is looked for a way to the address by which clouds give out credentials. */
static enum outcome no_rules(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
  inet_pton(AF_INET, "169.254.169.254", &to.sin_addr);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return judge_success("a way to 169.254.169.254", fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to));
}

static enum outcome undeclared(void) {
  char name[256], other[64];
  int port, other_port;
  struct in_addr allowed, nobody, metadata;
  struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
  if (canary.allowed == NULL)
    return no_rules();
  if (sscanf(canary.allowed, "%255[^:]:%d:%d:%63s", name, &port, &other_port, other) != 4 || inet_pton(AF_INET, other, &nobody) != 1)
    return tell(NOT_ATTEMPTED, "no rule to compare with");
  if (!address_of(name, &allowed))
    return tell(NOT_ATTEMPTED, "/etc/hosts has no address for %s", name);
  if (!tcp_reaches(AF_INET, &allowed, port))
    return tell(NOT_ATTEMPTED, "%s:%d is not reached either, though a rule allows it", name, port);
  inet_pton(AF_INET, "169.254.169.254", &metadata);
  memcpy(mapped.s6_addr + 12, &nobody, sizeof nobody);
  if (tcp_reaches(AF_INET, &allowed, other_port))
    return tell(EXPOSED, "%s:%d is reached", name, other_port);
  if (tcp_reaches(AF_INET, &nobody, port))
    return tell(EXPOSED, "%s:%d is reached", other, port);
  if (tcp_reaches(AF_INET6, &mapped, port))
    return tell(EXPOSED, "[::ffff:%s]:%d is reached", other, port);
  if (tcp_reaches(AF_INET, &metadata, 80))
    return tell(EXPOSED, "169.254.169.254:80 is reached");
  return tell(CONTAINED, "%s:%d is reached, and no other port and address", name, port);
}

const struct probe grade_probes[] = {
    {"change-interface", interface},
    {"change-address", address},
    {"change-route", routes},
    {"change-firewall", firewall},
    {"undeclared-host", undeclared},
    {NULL, NULL},
};
