/* What a peer has sent is received, however it has ended. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "protocol/transport.h"

int main(void) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(sj_send(pair[1], SJ_FAILED, 7, (const uint8_t *)"why", 3, NULL, 0) == 0);
  CHECK(sj_send(pair[0], SJ_KILL, 7, NULL, 0, NULL, 0) == 0);
  /* With something unread, so that its end is a reset. */
  close(pair[1]);
  CHECK(sj_receive(pair[0], buffer, &m) == SJ_GOT_MESSAGE);
  CHECK(m.head.type == SJ_FAILED && m.head.id == 7 && m.head.length == 3);
  sj_free_message(&m);
  CHECK(sj_receive(pair[0], buffer, &m) == SJ_GOT_END);
  sj_free_message(&m);
  close(pair[0]);
  puts("message: ok");
  return 0;
}
