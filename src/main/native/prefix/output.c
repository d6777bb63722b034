#define _GNU_SOURCE
#include "prefix/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

int sj_output_begin(struct sj_output *o, uint64_t limit, int ends[SJ_OUTPUTS]) {
  o->left = limit;
  o->over = false;
  for (int i = 0; i < SJ_OUTPUTS; i++) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
      return -1;
    o->stream[i].from = pair[0];
    o->stream[i].to = STDOUT_FILENO + i;
    o->stream[i].at = o->stream[i].length = 0;
    ends[i] = pair[1];
  }
  return 0;
}

static bool waits(const struct sj_output *o, int i) {
  return o->stream[i].at < o->stream[i].length;
}

void sj_output_await(const struct sj_output *o, struct pollfd events[SJ_OUTPUTS]) {
  for (int i = 0; i < SJ_OUTPUTS; i++)
    events[i] = waits(o, i) ? (struct pollfd){o->stream[i].to, POLLOUT, 0} : (struct pollfd){o->stream[i].from, POLLIN, 0};
}

/* What is beyond the limit is read and forgotten, so that nobody waits for room before the end comes. */
static void take(struct sj_output *o, int i) {
  ssize_t n = read(o->stream[i].from, o->stream[i].bytes, SJ_OUTPUT_SIZE);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0) {
    close(o->stream[i].from);
    o->stream[i].from = -1;
    return;
  }
  size_t passed = (uint64_t)n > o->left ? (size_t)o->left : (size_t)n;
  o->over = o->over || passed < (size_t)n;
  o->left -= passed;
  o->stream[i].at = 0;
  o->stream[i].length = o->stream[i].to < 0 ? 0 : passed;
}

/* No more than a pipe that is ready takes without waiting. A reader that is gone is told to the program as it would be without us. */
static void give(struct sj_output *o, int i) {
  size_t n = o->stream[i].length - o->stream[i].at;
  ssize_t done = write(o->stream[i].to, o->stream[i].bytes + o->stream[i].at, n < PIPE_BUF ? n : PIPE_BUF);
  if (done >= 0) {
    o->stream[i].at += (size_t)done;
  } else if (errno != EAGAIN && errno != EINTR) {
    o->stream[i].at = o->stream[i].length = 0;
    o->stream[i].to = -1;
    if (o->stream[i].from >= 0)
      close(o->stream[i].from);
    o->stream[i].from = -1;
  }
}

void sj_output_move(struct sj_output *o, const struct pollfd events[SJ_OUTPUTS]) {
  for (int i = 0; i < SJ_OUTPUTS; i++) {
    if (events[i].revents == 0)
      continue;
    if (waits(o, i))
      give(o, i);
    else if (o->stream[i].from >= 0)
      take(o, i);
  }
}

void sj_output_finish(struct sj_output *o) {
  struct pollfd events[SJ_OUTPUTS];
  while (waits(o, 0) || waits(o, 1) || o->stream[0].from >= 0 || o->stream[1].from >= 0) {
    sj_output_await(o, events);
    if (poll(events, SJ_OUTPUTS, -1) < 0 && errno != EINTR)
      return;
    sj_output_move(o, events);
  }
}
