/*
 * What the kernel takes for a member of a network: for each line that is read, a network namespace with its loopback device up, then
 * another one with that and a veth pair to a bridge and an address of each kind, and prints how many microseconds the second took more.
 * What is asked of rtnetlink(7) is what Sandjar asks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BRIDGE = 2, ETHERNET = 2, FIRST_PORT = 10, MTU = 1500 };

static char message[4096] __attribute__((aligned(4)));
static size_t used;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct nlmsghdr *begin(uint16_t type, uint16_t flags, const void *body, size_t size) {
  struct nlmsghdr *h = (struct nlmsghdr *)(void *)(message + used);
  memset(h, 0, NLMSG_SPACE(size));
  h->nlmsg_type = type;
  h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
  memcpy(NLMSG_DATA(h), body, size);
  used += NLMSG_SPACE(size);
  return h;
}

static struct rtattr *put(uint16_t type, const void *body, size_t size) {
  struct rtattr *a = (struct rtattr *)(void *)(message + used);
  memset(a, 0, RTA_SPACE(size));
  a->rta_type = type;
  a->rta_len = (uint16_t)RTA_LENGTH(size);
  if (size > 0)
    memcpy(RTA_DATA(a), body, size);
  used += RTA_SPACE(size);
  return a;
}

static void put_number(uint16_t type, uint32_t value) { put(type, &value, sizeof value); }
static void put_text(uint16_t type, const char *text) { put(type, text, strlen(text) + 1); }
static void end_attribute(struct rtattr *a) { a->rta_len = (uint16_t)((size_t)(message + used - (char *)a)); }
static void end(struct nlmsghdr *h) { h->nlmsg_len = (uint32_t)((size_t)(message + used - (char *)h)); }

static void say(int s, int messages) {
  static char answer[16384] __attribute__((aligned(4)));
  if (send(s, message, used, 0) != (ssize_t)used)
    fail("send");
  used = 0;
  while (messages > 0) {
    ssize_t n = recv(s, answer, sizeof answer, 0);
    if (n <= 0)
      fail("recv");
    size_t left = (size_t)n;
    for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)answer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
      if (h->nlmsg_type != NLMSG_ERROR || ((struct nlmsgerr *)NLMSG_DATA(h))->error != 0) {
        fprintf(stderr, "rtnetlink: %s\n", strerror(-((struct nlmsgerr *)NLMSG_DATA(h))->error));
        exit(1);
      }
      messages--;
    }
  }
}

static int rtnetlink(void) {
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (s < 0)
    fail("socket");
  return s;
}

static void up(int index) {
  struct ifinfomsg m = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  end(begin(RTM_NEWLINK, 0, &m, sizeof m));
}

static void bridge(int s) {
  struct ifinfomsg m = {.ifi_index = BRIDGE, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct nlmsghdr *h = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  put_text(IFLA_IFNAME, "br0");
  struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
  put_text(IFLA_INFO_KIND, "bridge");
  end_attribute(info);
  end(h);
  say(s, 1);
}

static void pair(int s, int port, int namespace) {
  struct ifinfomsg m = {.ifi_index = port, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct ifinfomsg peer = {.ifi_index = ETHERNET};
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "port%d", port);
  struct nlmsghdr *h = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  put_text(IFLA_IFNAME, name);
  put_number(IFLA_MTU, MTU);
  put_number(IFLA_MASTER, BRIDGE);
  struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
  put_text(IFLA_INFO_KIND, "veth");
  struct rtattr *data = put(IFLA_INFO_DATA, NULL, 0);
  struct rtattr *other = put(VETH_INFO_PEER, &peer, sizeof peer);
  put_text(IFLA_IFNAME, "eth0");
  put_number(IFLA_MTU, MTU);
  put_number(IFLA_NET_NS_FD, (uint32_t)namespace);
  end_attribute(other);
  end_attribute(data);
  end_attribute(info);
  end(h);
  say(s, 1);
}

static void address(int family, const void *bytes, size_t size, uint8_t bits) {
  struct ifaddrmsg m = {.ifa_family = (uint8_t)family, .ifa_prefixlen = bits, .ifa_flags = IFA_F_NODAD, .ifa_index = ETHERNET};
  struct nlmsghdr *h = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  put(IFA_LOCAL, bytes, size);
  put(IFA_ADDRESS, bytes, size);
  end(h);
}

/* Of IPv6 nothing leaves from an address that is not the member's; NULL for what is any other's. */
static void rule(const struct in6_addr *from) {
  struct fib_rule_hdr m = {.family = AF_INET6, .action = from != NULL ? FR_ACT_TO_TBL : FR_ACT_UNREACHABLE};
  if (from != NULL) {
    m.src_len = 128;
    m.table = RT_TABLE_MAIN;
    m.flags = FIB_RULE_FIND_SADDR;
  }
  struct nlmsghdr *h = begin(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  put_text(FRA_IIFNAME, "lo");
  put_number(FRA_PRIORITY, from != NULL ? 100 : 200);
  if (from != NULL)
    put(FRA_SRC, from, sizeof *from);
  end(h);
}

/* Microseconds. With a port: of a member. */
static double made(int outside, int port) {
  double t = now();
  if (unshare(CLONE_NEWNET) != 0)
    fail("unshare");
  int namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (namespace < 0)
    fail("/proc/self/ns/net");
  if (port > 0)
    pair(outside, port, namespace);
  int s = rtnetlink();
  int messages = 1;
  up(1);
  if (port > 0) {
    uint32_t four = htonl(0x0a070000U + (uint32_t)port);
    struct in6_addr six = {.s6_addr = {0xfd, 0x07}};
    six.s6_addr[14] = (uint8_t)(port >> 8);
    six.s6_addr[15] = (uint8_t)port;
    up(ETHERNET);
    address(AF_INET, &four, sizeof four, 16);
    address(AF_INET6, &six, sizeof six, 64);
    struct in6_addr link = {.s6_addr = {0xfe, 0x80}};
    link.s6_addr[15] = 1;
    rule(&link);
    rule(&six);
    rule(NULL);
    messages = 7;
  }
  say(s, messages);
  double took = now() - t;
  close(s);
  close(namespace);
  return took;
}

int main(void) {
  if (unshare(CLONE_NEWNET) != 0)
    fail("unshare");
  int outside = rtnetlink();
  bridge(outside);
  char line[16];
  for (int port = FIRST_PORT; fgets(line, sizeof line, stdin) != NULL; port++) {
    double alone = made(outside, 0);
    printf("%.3f\n", made(outside, port) - alone);
    fflush(stdout);
  }
  return 0;
}
