#define _GNU_SOURCE
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A C library's headers may be older than these. */
enum { EXT_ACK = 11, CAP_ACK = 10, FLAG_CAPPED = 0x100, FLAG_TEXTS = 0x200, TEXT = 1, BUFFER = 1 << 20, ROOM = 16384 };

static void failed(struct sj_netlink_answer *a, const char *call) {
  a->error = errno;
  a->call = call;
}

static uint16_t u16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static uint32_t u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static size_t aligned(size_t size) {
  return (size + 3) & ~(size_t)3;
}

/* The attributes after the refused message, which is capped to its header or not. */
static void take_text(struct sj_netlink_answer *a, const uint8_t *at, size_t size) {
  for (size_t n; size >= 4 && (n = u16(at)) >= 4 && n <= size; at += aligned(n), size -= aligned(n)) {
    if ((u16(at + 2) & 0x3fff) == TEXT) {
      size_t length = strnlen((const char *)at + 4, n - 4);
      length = length < sizeof a->text ? length : sizeof a->text - 1;
      memcpy(a->text, at + 4, length);
      a->text[length] = 0;
    }
    if (aligned(n) > size)
      return;
  }
}

/* An acknowledgment: struct nlmsghdr, the error, the header of what it answers. Whether that has this number. What has the number 0 is answered
 * only if it fails. */
static bool take_ack(struct sj_netlink_answer *a, const uint8_t *at, size_t size, uint32_t number) {
  const size_t head = NLMSG_HDRLEN, whole = head + 4 + NLMSG_HDRLEN;
  uint32_t of = u32(at + 8);
  if (u16(at + 4) != NLMSG_ERROR || size < whole || (of != number && of != 0))
    return false;
  int error = -(int)u32(at + head);
  if (error == 0 || a->error != 0)
    return of == number;
  uint16_t flags = u16(at + 6);
  a->error = error;
  a->number = u32(at + head + 4 + 8);
  a->call = "netlink";
  size_t echoed = flags & FLAG_CAPPED ? 0 : aligned(u32(at + head + 4)) - NLMSG_HDRLEN;
  if ((flags & FLAG_TEXTS) && echoed <= size - whole)
    take_text(a, at + whole + echoed, size - whole - echoed);
  return of == number;
}

/* What a dump ends with, in place of an acknowledgment. */
static bool take_end(struct sj_netlink_answer *a, const uint8_t *at, size_t size, uint32_t number) {
  if (u16(at + 4) != NLMSG_DONE || u32(at + 8) != number)
    return false;
  int error = size >= NLMSG_HDRLEN + 4 ? -(int)u32(at + NLMSG_HDRLEN) : 0;
  if (error > 0 && a->error == 0) {
    a->error = error;
    a->number = number;
    a->call = "netlink";
  }
  return true;
}

static void take_reply(struct sj_netlink_answer *a, const uint8_t *at, size_t size, struct sj_netlink_reply *reply) {
  if (reply == NULL || u16(at + 4) < NLMSG_MIN_TYPE || a->error != 0)
    return;
  if (aligned(size) > reply->size - reply->length) {
    errno = EMSGSIZE;
    failed(a, "recv");
    return;
  }
  memcpy(reply->bytes + reply->length, at, size);
  memset(reply->bytes + reply->length + size, 0, aligned(size) - size);
  reply->length += aligned(size);
}

/* The kernel has done everything when the messages are sent, and its answers wait. */
static void take_acks(int socket, uint32_t count, struct sj_netlink_answer *a, struct sj_netlink_reply *reply) {
  static uint8_t buffer[ROOM];
  for (uint32_t number = 1; number <= count && !(reply != NULL && a->error == EMSGSIZE);) {
    struct sockaddr_nl from = {0};
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(socket, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (n <= 0) {
      if (a->error == 0)
        failed(a, "recv");
      return;
    }
    if (from.nl_pid != 0)
      continue; /* of a process, which may say what it likes */
    size_t left = (size_t)n;
    for (const uint8_t *at = buffer; left >= NLMSG_HDRLEN && number <= count;) {
      size_t length = u32(at);
      if (length < NLMSG_HDRLEN || length > left)
        break;
      take_reply(a, at, length, reply);
      number += take_ack(a, at, length, number) || take_end(a, at, length, number);
      size_t step = aligned(length) < left ? aligned(length) : left;
      at += step;
      left -= step;
    }
  }
}

void sj_send_netlink(int protocol, const uint8_t *messages, size_t size, uint32_t count, struct sj_netlink_answer *a, struct sj_netlink_reply *reply) {
  const int on = 1, buffer = BUFFER;
  const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  memset(a, 0, sizeof *a);
  a->call = "";
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (s < 0) {
    failed(a, "socket(AF_NETLINK)");
    return;
  }
  /* Without them the answers are shorter of words, or longer than needed; each is an answer. */
  (void)setsockopt(s, SOL_NETLINK, EXT_ACK, &on, sizeof on);
  (void)setsockopt(s, SOL_NETLINK, CAP_ACK, &on, sizeof on);
  (void)setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  (void)setsockopt(s, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (sendto(s, messages, size, 0, (const struct sockaddr *)&kernel, sizeof kernel) != (ssize_t)size)
    failed(a, "sendto");
  else
    take_acks(s, count, a, reply);
  close(s);
}
