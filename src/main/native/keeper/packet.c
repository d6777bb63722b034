#define _GNU_SOURCE
#include "keeper/packet.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 16 << 20, HEADERS = 15, IGNORE_OUTGOING = 23 };

static int failed(int s, const char *name, const char **call) {
  int error = errno;
  if (s >= 0)
    close(s);
  errno = error;
  *call = name;
  return -1;
}

int sj_packet_socket(const struct sj_packet_request *request, const char **call) {
  const int on = 1, buffer = BUFFER;
  /* Of no protocol: it hears of nothing until it is bound. */
  int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return failed(s, "socket(AF_PACKET)", call);
  if (request->headers && setsockopt(s, SOL_PACKET, HEADERS, &on, sizeof on) != 0)
    return failed(s, "setsockopt(PACKET_VNET_HDR)", call);
  /* Saves copies where it is known (Linux 4.20): who reads passes over them in any case. */
  if (request->headers)
    (void)setsockopt(s, SOL_PACKET, IGNORE_OUTGOING, &on, sizeof on);
  /* More than most users may have; what has no room is lost, and counted. */
  if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
    (void)setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)request->device};
  if (bind(s, (const struct sockaddr *)&address, sizeof address) != 0)
    return failed(s, "bind(AF_PACKET)", call);
  return s;
}
