/* What a cable passes on, when, and what not. Its ports are sockets of this test. */
#define _GNU_SOURCE
#include "keeper/cable.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/transport.h"
#include "samples.h"

enum { FRAME = 10 + 14 + 40 + 8 + 4, PATIENCE_MS = 60000 };

static int java, ports[2];
static const uint8_t addresses[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 0x16};

static int said(uint16_t type, uint64_t id, const struct sample *s, int fd) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  struct sj_reader r;
  CHECK(sj_send(java, type, id, s->bytes, s->w.length, &fd, fd >= 0) == 0);
  CHECK(sj_receive(java, buffer, &m) == SJ_GOT_MESSAGE && m.head.type == SJ_CABLE_DONE && m.head.id == id);
  sj_reader_init(&r, m.body, m.head.length);
  int error = (int)sj_u32(&r);
  CHECK(sj_str(&r) != NULL && !r.bad);
  sj_free_message(&m);
  return error;
}

static int port(uint64_t id, int fd) {
  struct sample s;
  sample_start(&s);
  sj_put_blob(&s.w, addresses[id % 2], 6);
  return said(SJ_CABLE_PORT, id, &s, fd);
}

static int way(uint64_t id, uint64_t delay, uint64_t losses, uint64_t seed) {
  struct sample s;
  sample_way(&s, 0, 1, delay, losses, seed);
  return said(SJ_CABLE_WAY, id, &s, -1);
}

static int end(uint64_t id, uint32_t lost) {
  struct sample s;
  sample_start(&s);
  sj_put_u32(&s.w, 1);
  sj_put_u32(&s.w, (uint32_t)id);
  sj_put_u32(&s.w, lost);
  return said(SJ_CABLE_END, 0, &s, -1);
}

/* A frame from the first port, of a protocol and with a number, and for IPv6 the next header and the byte behind, or behind hop-by-hop options. */
static void put(const uint8_t to[6], uint16_t protocol, uint8_t number, uint8_t next, uint8_t type) {
  uint8_t frame[FRAME] = {0};
  memcpy(frame + 10, to, 6);
  frame[10 + 12] = (uint8_t)(protocol >> 8);
  frame[10 + 13] = (uint8_t)protocol;
  if (protocol == 0x0800)
    frame[10 + 14 + 9] = next;
  else
    frame[10 + 14 + 6] = next;
  frame[10 + 14 + 40] = next == 0 ? 58 : type;
  frame[10 + 14 + 40 + 8] = type;
  frame[FRAME - 1] = number;
  CHECK(send(ports[0], frame, sizeof frame, 0) == FRAME);
}

/* Which is neither lost nor late. */
static void report(uint8_t number) {
  put(group, 0x86dd, number, 0, 143);
}

static void packet(uint8_t number) {
  put(addresses[1], 0x0800, number, 0, 0);
}

static int got(int patience) {
  uint8_t frame[FRAME + 1];
  struct pollfd p = {ports[1], POLLIN, 0};
  if (poll(&p, 1, patience) != 1)
    return -1;
  CHECK(recv(ports[1], frame, sizeof frame, 0) == FRAME);
  return frame[FRAME - 1];
}

static void passes_on(void) {
  static const uint8_t all[6] = {255, 255, 255, 255, 255, 255}, other[6] = {2, 0, 0, 0, 0, 3};
  CHECK(way(0, 0, 0, 0) == 0);
  packet(1);
  CHECK(got(PATIENCE_MS) == 1);
  put(all, 0x0800, 2, 0, 0);
  CHECK(got(PATIENCE_MS) == 2);
  put(other, 0x0800, 3, 0, 0);           /* not there */
  put(addresses[1], 0x0806, 4, 0, 0);    /* ARP is the bridge's */
  put(addresses[1], 0x86dd, 5, 58, 135); /* neighbour solicitation */
  put(addresses[1], 0x86dd, 6, 58, 128); /* echo request */
  CHECK(got(PATIENCE_MS) == 6);
}

static void loses(void) {
  uint8_t first[64], second[64];
  CHECK(way(0, 0, UINT64_C(1) << 32, 0) == 0);
  packet(1);
  put(addresses[1], 0x86dd, 1, 0, 135);  /* the bridge's */
  put(addresses[1], 0x86dd, 2, 0, 128);  /* what has hop-by-hop options */
  put(addresses[1], 0x86dd, 3, 0, 143);  /* a report to one neighbour */
  put(group, 0x86dd, 4, 0, 128);
  put(group, 0x86dd, 5, 58, 143);        /* without options */
  put(group, 0x88b5, 6, 0, 143);         /* another protocol */
  put(group, 0x0800, 7, 17, 0);
  put(addresses[1], 0x0800, 8, 2, 0);
  put(group, 0x0800, 9, 2, 0); /* IGMP: who is a member of which group is not counted */
  CHECK(got(PATIENCE_MS) == 9);
  static const uint8_t types[] = {130, 131, 132, 143};
  for (unsigned i = 0; i < sizeof types; i++) {
    put(group, 0x86dd, types[i], 0, types[i]);
    CHECK(got(PATIENCE_MS) == types[i]);
  }
  for (int round = 0; round < 3; round++) {
    uint8_t *lost = round == 0 ? first : second;
    memset(lost, 1, sizeof first);
    CHECK(way(0, 0, UINT64_C(1) << 31, round < 2 ? 5 : 6) == 0);
    for (uint8_t i = 0; i < 64; i++)
      packet(i);
    report(100);
    unsigned count = 0;
    for (int number; (number = got(PATIENCE_MS)) != 100; count++) {
      CHECK(number >= 0 && number < 64);
      lost[number] = 0;
    }
    CHECK(count > 12 && count < 52);
    CHECK(round == 0 || (memcmp(first, second, sizeof first) == 0) == (round == 1));
  }
}

static void delays(void) {
  const uint64_t long_time = UINT64_C(600) * 1000000000, short_time = 50000000;
  CHECK(way(0, short_time, 0, 0) == 0);
  uint64_t begin = sj_now();
  packet(1);
  CHECK(got(PATIENCE_MS) == 1 && sj_now() - begin >= short_time);
  CHECK(way(0, long_time, 0, 0) == 0);
  packet(2);
  CHECK(way(1, 0, 0, 0) == 0); /* another one, which says that the cable has seen it */
  packet(3);
  CHECK(got(PATIENCE_MS) == 3 || got(PATIENCE_MS) == 3);
  CHECK(end(1, 0) == 0 && end(0, 0) == 0);
  int one = got(PATIENCE_MS), two = got(PATIENCE_MS);
  CHECK(one == 2 && two == 3);
  CHECK(way(0, long_time, 0, 0) == 0);
  packet(4);
  CHECK(way(1, 0, 0, 0) == 0);
  packet(5);
  CHECK(got(PATIENCE_MS) == 5 || got(PATIENCE_MS) == 5);
  CHECK(end(0, 1) == 0);
  CHECK(end(1, 0) == 0 && got(300) == -1);
}

static void refuses(void) {
  struct sample s;
  sample_start(&s);
  CHECK(said(SJ_CABLE_WAY, 0, &s, -1) == EPROTO && said(SJ_CABLE_CONFINE, 0, &s, -1) == EPROTO);
  CHECK(said(SJ_CABLE_DONE, 0, &s, -1) == EPROTO);
  CHECK(way(SJ_CABLE_WAYS_MAX, 0, 0, 0) == EPROTO && end(SJ_CABLE_WAYS_MAX, 0) == EPROTO && port(SJ_CABLE_PORTS_MAX, -1) == EPROTO);
}

/* Before that it passes nothing on. */
static void gives_up_rights(void) {
  static const uint8_t allow[8] = {6, 0, 0, 0, 0, 0, 0xff, 0x7f};
  struct sample s;
  CHECK(way(0, 0, 0, 0) == 0);
  packet(1);
  CHECK(got(300) == -1);
  sample_start(&s);
  sj_put_u64(&s.w, 1 << 20);
  sj_put_blob(&s.w, allow, sizeof allow);
  CHECK(said(SJ_CABLE_CONFINE, 0, &s, -1) == 0);
}

static void nobody_is_there(void) {
  CHECK(way(0, 0, 0, 0) == 0 && port(1, -1) == 0);
  packet(1);
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(port(1, pair[0]) == 0);
  close(pair[0]);
  close(ports[1]);
  ports[1] = pair[1];
  packet(2);
  int number = got(PATIENCE_MS);
  CHECK(number == 2 || (number == 1 && got(PATIENCE_MS) == 2)); /* it may have read the first one late */
}

int main(void) {
  int pair[2], status;
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    close(pair[0]);
    _exit(sj_cable(pair[1]));
  }
  close(pair[1]);
  java = pair[0];
  for (uint64_t i = 0; i < 2; i++) {
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(port(i, pair[0]) == 0);
    close(pair[0]);
    ports[i] = pair[1];
  }
  refuses();
  gives_up_rights();
  passes_on();
  loses();
  delays();
  nobody_is_there();
  close(java);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 0;
}
