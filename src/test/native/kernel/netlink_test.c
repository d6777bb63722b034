/* What another process says is no answer of the kernel's. */
#define _GNU_SOURCE
#include "kernel/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { ROUNDS = 2000, NO_DEVICE = 99 };

/* Says that all went well to the first socket of its parent, whose number the kernel derives from the process, as fast as it can. */
_Noreturn static void lie(pid_t parent) {
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
  } ack = {.head = {sizeof ack, NLMSG_ERROR, 0, 1, 0}};
  const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)parent};
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  for (;;)
    (void)!sendto(s, &ack, sizeof ack, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
}

static void send_refused(uint32_t number, struct sj_netlink_answer *a) {
  struct {
    struct nlmsghdr head;
    struct ifinfomsg info;
  } up = {.head = {sizeof up, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, number, 0}, .info = {.ifi_index = NO_DEVICE, .ifi_flags = 1, .ifi_change = 1}};
  sj_send_netlink(NETLINK_ROUTE, (const uint8_t *)&up, sizeof up, 1, a, NULL);
}

/* The first of two is answered only because it fails. */
static void send_unanswered(int device, struct sj_netlink_answer *a) {
  struct {
    struct nlmsghdr head;
    struct ifinfomsg info;
  } both[] = {{.head = {sizeof both[0], RTM_NEWLINK, NLM_F_REQUEST, 0, 0}, .info = {.ifi_index = device, .ifi_flags = 1, .ifi_change = 1}},
              {.head = {sizeof both[0], RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, .info = {.ifi_index = 1, .ifi_flags = 1, .ifi_change = 1}}};
  sj_send_netlink(NETLINK_ROUTE, (const uint8_t *)both, sizeof both, 1, a, NULL);
}

/* Asks for a device: what is said is kept if there is room. */
static void read_device(int device, size_t room, struct sj_netlink_answer *a, struct sj_netlink_reply *reply) {
  static uint8_t said[8192];
  struct {
    struct nlmsghdr head;
    struct ifinfomsg info;
  } get = {.head = {sizeof get, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, .info = {.ifi_index = device}};
  CHECK(room <= sizeof said);
  *reply = (struct sj_netlink_reply){said, room, 0};
  sj_send_netlink(NETLINK_ROUTE, (const uint8_t *)&get, sizeof get, 1, a, reply);
}

static void reads(void) {
  struct sj_netlink_answer a;
  struct sj_netlink_reply reply;
  struct nlmsghdr head;
  read_device(1, 8192, &a, &reply);
  CHECK(a.error == 0 && reply.length > sizeof head && reply.length % 4 == 0);
  memcpy(&head, reply.bytes, sizeof head);
  CHECK(head.nlmsg_type == RTM_NEWLINK && head.nlmsg_len <= reply.length);
  read_device(1, reply.length - 1, &a, &reply);
  CHECK(a.error == EMSGSIZE && reply.length == 0);
  read_device(NO_DEVICE, 8192, &a, &reply);
  CHECK(a.error == ENODEV && reply.length == 0);
}

/* Of all devices; loopback alone in a new namespace. Ends with no acknowledgment. */
static void dumps(void) {
  static uint8_t said[8192];
  struct {
    struct nlmsghdr head;
    struct ifinfomsg info;
  } get = {.head = {sizeof get, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP, 1, 0}};
  struct sj_netlink_answer a;
  struct sj_netlink_reply reply = {said, sizeof said, 0};
  sj_send_netlink(NETLINK_ROUTE, (const uint8_t *)&get, sizeof get, 1, &a, &reply);
  CHECK(a.error == 0 && reply.length > sizeof get);
  reply = (struct sj_netlink_reply){said, 32, 0};
  sj_send_netlink(NETLINK_ROUTE, (const uint8_t *)&get, sizeof get, 1, &a, &reply);
  CHECK(a.error == EMSGSIZE && reply.length == 0);
}

int main(void) {
  struct sj_netlink_answer a;
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    puts("SKIPPED: no network namespace of its own here");
    return 0;
  }
  send_refused(1, &a);
  CHECK(a.error == ENODEV && a.number == 1);
  send_refused(7, &a); /* an answer, but to another message than the first */
  CHECK(a.error != 0 && a.error != ENODEV && strcmp(a.call, "recv") == 0);
  send_unanswered(NO_DEVICE, &a);
  CHECK(a.error == ENODEV && a.number == 0 && strcmp(a.call, "netlink") == 0);
  send_unanswered(1, &a);
  CHECK(a.error == 0);
  reads();
  dumps();
  pid_t parent = getpid(), liar = fork();
  CHECK(liar >= 0);
  if (liar == 0)
    lie(parent);
  for (unsigned i = 0; i < ROUNDS; i++) {
    send_refused(1, &a);
    CHECK(a.error == ENODEV || a.error == ENOBUFS); /* so many lies that the answer had no room: that is known, too */
  }
  CHECK(kill(liar, SIGKILL) == 0 && waitpid(liar, NULL, 0) == liar);
  puts("netlink: ok");
  return 0;
}
