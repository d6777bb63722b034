#define _GNU_SOURCE
#include "keeper/cable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "keeper/ways.h"
#include "kernel/rights.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/transport.h"

enum { BATCH = 64, HEADER = 10, ETHERNET = 14, IPV4 = 20, IPV6 = 40, IGMP = 2, ICMPV6 = 58, FRAME_MAX = HEADER + ETHERNET + 65536, OF_JAVA = SJ_CABLE_PORTS_MAX, OF_TIMER };
/* Frames that are sent before somebody else has a turn. */
enum { AT_ONCE = BATCH * BATCH };

/* What a frame is to a cable. */
enum kind { NEIGHBOURS /* the bridge's */, MEMBERSHIP /* passed on at once, and not counted */, PACKET };

struct port {
  int fd; /* -1 while nobody is there */
  uint8_t address[SJ_HARDWARE_ADDRESS];
};

static struct {
  int java, epoll, timer;
  struct port ports[SJ_CABLE_PORTS_MAX];
} cable;

static bool done(uint64_t id, int error, const char *call) {
  uint8_t body[128];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)error);
  sj_put_str(&w, error == 0 ? "" : call);
  return sj_send(cable.java, SJ_CABLE_DONE, id, body, w.length, NULL, 0) == 0;
}

/* There is no going on. */
static int ended(const char *call) {
  (void)done(UINT64_MAX, errno, call);
  return 1;
}

static bool hear(int fd, uint64_t who) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = who};
  return epoll_ctl(cable.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* The type of a message of ICMPv6, as it is or behind hop-by-hop options; 0 if it is none. */
static unsigned icmpv6(const uint8_t *frame, size_t size, bool options) {
  size_t at = ETHERNET + IPV6;
  unsigned next = size > at ? frame[ETHERNET + 6] : 0;
  if (options) {
    if (next != 0 || size < at + 8)
      return 0;
    next = frame[at];
    at += 8 * (size_t)(frame[at + 1] + 1);
  }
  return next == ICMPV6 && size > at ? frame[at] : 0;
}

/* Reports of multicast groups go to a group themselves: IGMP, and MLD (RFC 2710, RFC 3810), which has options. */
static enum kind kind(const uint8_t *frame, size_t size) {
  unsigned protocol = (unsigned)frame[12] << 8 | frame[13];
  bool group = frame[0] & 1;
  if (protocol == 0x0806)
    return NEIGHBOURS;
  if (protocol == 0x0800)
    return group && size >= ETHERNET + IPV4 && frame[ETHERNET + 9] == IGMP ? MEMBERSHIP : PACKET;
  if (protocol != 0x86dd)
    return PACKET;
  unsigned optional = icmpv6(frame, size, true), type = icmpv6(frame, size, false);
  if (group && ((optional >= 130 && optional <= 132) || optional == 143))
    return MEMBERSHIP;
  type = optional != 0 ? optional : type;
  return type >= 133 && type <= 137 ? NEIGHBOURS : PACKET;
}

static bool leads(uint32_t to, const uint8_t *frame) {
  return (frame[0] & 1) || memcmp(frame, cable.ports[to].address, SJ_HARDWARE_ADDRESS) == 0;
}

static void take_frame(uint32_t from, const uint8_t *data, uint32_t size, uint64_t now) {
  enum kind what = kind(data + HEADER, size - HEADER);
  if (what != NEIGHBOURS)
    sj_ways_take(from, data, size, HEADER, what == PACKET, leads, now);
}

/* False if there is no going on. What members do has no such result: a device that is down or gone says so, and is waited for. */
static bool take_frames(uint32_t number) {
  static uint8_t data[FRAME_MAX];
  struct port *p = &cable.ports[number];
  for (int i = 0; i < BATCH && p->fd >= 0; i++) {
    struct sockaddr_ll from;
    struct iovec room = {data, sizeof data};
    struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &room, .msg_iovlen = 1};
    memset(&from, 0, sizeof from);
    ssize_t n = recvmsg(p->fd, &m, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return true;
    if (n < 0 && (errno == EBADF || errno == EFAULT || errno == ENOTSOCK))
      return false;
    if (n >= HEADER + ETHERNET && !(m.msg_flags & MSG_TRUNC) && from.sll_pkttype != PACKET_OUTGOING)
      take_frame(number, data, (uint32_t)n, sj_now());
  }
  return true;
}

/* Some of those that are due then: no more at a time than would keep Java waiting. */
static bool send_some(uint64_t now) {
  uint64_t due;
  for (int i = 0; i < AT_ONCE && sj_ways_due(&due) && due <= now; i++) {
    uint32_t number;
    struct sj_frame *frame = sj_ways_next(&number);
    const struct port *to = &cable.ports[number];
    struct iovec bytes = {frame->data, frame->size};
    struct msghdr m = {.msg_iov = &bytes, .msg_iovlen = 1};
    /* Whoever is not there, or takes no more, loses it. */
    bool good = to->fd < 0 || sendmsg(to->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || (errno != EBADF && errno != EFAULT && errno != EPERM);
    free(frame);
    if (!good)
      return false;
  }
  return true;
}

/* Wakes up for the next: at once where there are more. */
static bool wait_for_due(void) {
  uint64_t due;
  struct itimerspec at;
  memset(&at, 0, sizeof at);
  if (sj_ways_due(&due)) {
    at.it_value.tv_sec = (time_t)(due / 1000000000);
    at.it_value.tv_nsec = (long)(due % 1000000000);
  }
  return timerfd_settime(cable.timer, TFD_TIMER_ABSTIME, &at, NULL) == 0;
}

static int set_port(struct sj_message *m, const char **call) {
  const uint8_t *address = sj_decode_cable_port(m->body, m->head.length);
  *call = "decode";
  if (address == NULL || m->head.id >= SJ_CABLE_PORTS_MAX || m->nfds > 1)
    return EPROTO;
  struct port *p = &cable.ports[m->head.id];
  if (p->fd >= 0)
    close(p->fd);
  p->fd = -1;
  memcpy(p->address, address, SJ_HARDWARE_ADDRESS);
  if (m->nfds == 0)
    return 0;
  *call = "epoll_ctl";
  if (!hear(m->fds[0], m->head.id))
    return errno;
  p->fd = m->fds[0];
  m->nfds = 0;
  return 0;
}

static int set_way(const struct sj_message *m) {
  struct sj_way_request is;
  if (!sj_decode_way(m->body, m->head.length, &is) || m->head.id >= SJ_CABLE_WAYS_MAX)
    return EPROTO;
  sj_way_begin((uint32_t)m->head.id, &is);
  return 0;
}

static int end_ways(const struct sj_message *m) {
  struct sj_reader r;
  uint32_t count;
  if (!sj_decode_cable_end(m->body, m->head.length, &count, &r))
    return EPROTO;
  uint64_t now = sj_now();
  while (count-- > 0) {
    struct sj_way_end end = sj_next_way_end(&r);
    sj_way_end(end.way, end.lost, now);
  }
  return 0;
}

static int confine(const struct sj_message *m, const char **call) {
  struct sj_cable_confine_request r;
  *call = "decode";
  if (!sj_decode_cable_confine(m->body, m->head.length, &r))
    return EPROTO;
  sj_ways_allow(r.waiting);
  return sj_give_up_rights(r.filter, r.size, call) == 0 ? 0 : errno;
}

/* False when Java is gone. */
static bool take_request(void) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  const char *call = "decode";
  int error = EPROTO;
  if (sj_receive(cable.java, buffer, &m) != SJ_GOT_MESSAGE) {
    sj_free_message(&m);
    return false;
  }
  switch (m.head.type) {
  case SJ_CABLE_CONFINE:
    error = confine(&m, &call);
    break;
  case SJ_CABLE_PORT:
    error = set_port(&m, &call);
    break;
  case SJ_CABLE_WAY:
    error = set_way(&m);
    break;
  case SJ_CABLE_END:
    error = end_ways(&m);
    break;
  default:
    break;
  }
  bool told = done(m.head.id, error, call);
  sj_free_message(&m);
  return told;
}

/* What was let through before goes through. */
static int closed(void) {
  uint64_t now = sj_now(), due;
  while (sj_ways_due(&due) && due <= now)
    if (!send_some(now))
      return ended("sendmsg");
  return 0;
}

int sj_cable(int java) {
  struct epoll_event events[BATCH];
  cable.java = java;
  for (uint32_t i = 0; i < SJ_CABLE_PORTS_MAX; i++)
    cable.ports[i].fd = -1;
  cable.epoll = epoll_create1(EPOLL_CLOEXEC);
  cable.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (cable.epoll < 0 || cable.timer < 0 || !hear(java, OF_JAVA) || !hear(cable.timer, OF_TIMER))
    return ended("epoll_ctl");
  for (;;) {
    int n = epoll_wait(cable.epoll, events, BATCH, -1);
    if (n < 0 && errno != EINTR)
      return ended("epoll_wait");
    for (int i = 0; i < n; i++) {
      uint64_t who = events[i].data.u64;
      uint64_t times;
      if (who == OF_JAVA && !take_request())
        return closed();
      if (who == OF_TIMER && read(cable.timer, &times, sizeof times) < 0 && errno != EAGAIN)
        return ended("read");
      if (who < SJ_CABLE_PORTS_MAX && !take_frames((uint32_t)who))
        return ended("recvmsg");
    }
    if (!send_some(sj_now()))
      return ended("sendmsg");
    if (!wait_for_due())
      return ended("timerfd_settime");
  }
}
