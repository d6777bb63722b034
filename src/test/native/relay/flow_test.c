/* One direction of a connection, whose destination takes little at a time. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "relay/flow.h"

enum { MUCH = 3 << 20 };

static unsigned char sent[MUCH], got[MUCH];

static void pair_of(int pair[2]) {
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
}

/* All that there is, until nothing comes for now. */
static size_t drain(int fd, size_t at) {
  ssize_t n;
  while (at < sizeof got && (n = read(fd, got + at, 7777)) > 0)
    at += (size_t)n;
  return at;
}

static void all_arrives(void) {
  struct sj_flow f;
  int from[2], to[2];
  size_t out = 0, in = 0;
  bool more = false, ended = false;
  pair_of(from);
  pair_of(to);
  sj_flow_init(&f);
  for (size_t i = 0; i < MUCH; i++)
    sent[i] = (unsigned char)(i * 31 >> 5);
  for (unsigned turn = 0; !f.shut; turn++) {
    CHECK(turn < 100000);
    ssize_t n = out < MUCH ? write(from[0], sent + out, MUCH - out) : 0;
    out += n > 0 ? (size_t)n : 0;
    if (out == MUCH && !ended)
      ended = shutdown(from[0], SHUT_WR) == 0;
    CHECK(sj_flow_move(&f, from[1], to[0], &more) == 0);
    in = drain(to[1], in);
  }
  in = drain(to[1], in);
  CHECK(in == MUCH && f.passed == MUCH && f.held == 0);
  CHECK(memcmp(sent, got, MUCH) == 0);
  CHECK(read(to[1], got, 1) == 0);
  CHECK(f.pipe[0] < 0); /* nothing is held, so it has none */
  sj_flow_free(&f);
}

/* What the destination has not taken is held, and no more than that is taken in. */
static void a_reader_that_is_gone_is_an_error(void) {
  struct sj_flow f;
  int from[2], to[2];
  bool more = false;
  pair_of(from);
  pair_of(to);
  sj_flow_init(&f);
  while (write(from[0], sent, 65536) > 0)
    CHECK(sj_flow_move(&f, from[1], to[0], &more) == 0);
  CHECK(f.held > 0 && f.pipe[0] >= 0 && !f.ended);
  close(to[1]);
  CHECK(sj_flow_move(&f, from[1], to[0], &more) == EPIPE);
  sj_flow_free(&f);
  CHECK(f.pipe[0] < 0 && f.held == 0);
}

static void nothing_is_no_end(void) {
  struct sj_flow f;
  int from[2], to[2];
  bool more = false;
  pair_of(from);
  pair_of(to);
  sj_flow_init(&f);
  CHECK(sj_flow_move(&f, from[1], to[0], &more) == 0);
  CHECK(!more && !f.ended && !f.shut && f.passed == 0);
  close(from[0]);
  CHECK(sj_flow_move(&f, from[1], to[0], &more) == 0);
  CHECK(f.ended && f.shut);
  sj_flow_free(&f);
}

int main(void) {
  CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  all_arrives();
  a_reader_that_is_gone_is_an_error();
  nothing_is_no_end();
  return 0;
}
