#define _GNU_SOURCE
#include "relay/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, HELD_MAX = 1 << 20, ROUNDS = 32, SPARE = 4, PIECE = 4096 };

/*
 * Empty pipes for the next who needs one, so that a connection on which nothing moves has none. A few: the kernel counts the pages of all
 * pipes of a user (pipe(7), pipe-user-pages-soft).
 */
static struct {
  int ends[SPARE][2];
  unsigned count;
} spare;

void sj_flow_init(struct sj_flow *f) {
  *f = (struct sj_flow){.pipe = {-1, -1}};
}

static int take_pipe(struct sj_flow *f) {
  if (spare.count > 0) {
    spare.count--;
    f->pipe[0] = spare.ends[spare.count][0];
    f->pipe[1] = spare.ends[spare.count][1];
    return 0;
  }
  if (pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    f->pipe[0] = f->pipe[1] = -1;
    return errno;
  }
  /* As large as a plain user may have it: fewer turns for the same bytes. A user with many pipes gets small ones, which do too. */
  (void)fcntl(f->pipe[1], F_SETPIPE_SZ, HELD_MAX);
  return 0;
}

static void give_pipe(struct sj_flow *f) {
  if (f->pipe[0] < 0)
    return;
  if (f->held == 0 && spare.count < SPARE) {
    spare.ends[spare.count][0] = f->pipe[0];
    spare.ends[spare.count][1] = f->pipe[1];
    spare.count++;
  } else {
    close(f->pipe[0]);
    close(f->pipe[1]);
  }
  f->pipe[0] = f->pipe[1] = -1;
}

static bool not_now(int error) {
  return error == EAGAIN || error == EINTR;
}

/*
 * splice(2) takes nothing from the place in the stream where urgent data was, and calls that the end of the stream once the peer has ended
 * it, whatever follows; recv(2) goes past it, and leaves it out as it does for everybody who has not asked for it. An empty pipe has room
 * for the piece.
 */
static ssize_t past_the_mark(struct sj_flow *f, int from, size_t most) {
  uint8_t piece[PIECE];
  struct iovec part = {piece, most < PIECE ? most : PIECE};
  struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
  f->urgent = false;
  ssize_t n = recvmsg(from, &head, MSG_DONTWAIT);
  return n > 0 ? write(f->pipe[1], piece, (size_t)n) : n;
}

/* 1 if something came, 0 if not, or an error number negated. */
static int take_in(struct sj_flow *f, int from) {
  if (f->ended || f->held >= HELD_MAX)
    return 0;
  int failed = f->pipe[0] < 0 ? take_pipe(f) : 0;
  if (failed != 0)
    return -failed;
  size_t most = f->left != NULL && *f->left < CHUNK ? (size_t)*f->left : CHUNK;
  if (most == 0)
    return -EDQUOT;
  ssize_t n = splice(from, NULL, f->pipe[1], NULL, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  bool at_mark = n == 0 || (n < 0 && errno == EAGAIN && f->urgent);
  if (at_mark && f->held > 0)
    return 0;
  if (at_mark)
    n = past_the_mark(f, from, most);
  if (n < 0)
    return not_now(errno) ? 0 : -errno;
  if (f->left != NULL)
    *f->left -= (uint64_t)n;
  f->held += (size_t)n;
  f->ended = n == 0;
  return 1;
}

static int give_out(struct sj_flow *f, int to) {
  if (f->held == 0)
    return 0;
  ssize_t n = splice(f->pipe[0], NULL, to, NULL, f->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (n < 0)
    return not_now(errno) ? 0 : -errno;
  f->held -= (size_t)n;
  f->passed += (uint64_t)n;
  return n > 0;
}

/* What was taken before, by sendmsg(2). 1 if there is still some, 0 if not, or an error number negated. */
static int give_first(struct sj_flow *f, int to) {
  while (f->nfirst > 0) {
    struct iovec part = {(void *)(uintptr_t)f->first, f->nfirst};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (f->left != NULL && *f->left < f->nfirst)
      return -EDQUOT;
    ssize_t n = sendmsg(to, &head, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
      return not_now(errno) ? 1 : -errno;
    f->first += n;
    f->nfirst -= (size_t)n;
    f->passed += (uint64_t)n;
    if (f->left != NULL)
      *f->left -= (uint64_t)n;
  }
  return 0;
}

/*
 * A pipe is full by its pages, not by bytes: that nothing comes in while it holds something says nothing of the socket. So it goes on
 * until neither end moves: then either the pipe is empty and the source had nothing, or the destination takes no more. Of both the
 * kernel tells when that changes.
 */
int sj_flow_move(struct sj_flow *f, int from, int to, bool *more) {
  int in = 1, out = 0, first = give_first(f, to);
  if (first != 0)
    return first < 0 ? -first : 0;
  for (unsigned i = 0; i < ROUNDS && (in > 0 || out > 0); i++) {
    in = take_in(f, from);
    if (in < 0)
      return -in;
    out = give_out(f, to);
    if (out < 0)
      return -out;
    if (f->ended && f->held == 0 && !f->shut) {
      if (shutdown(to, SHUT_WR) != 0)
        return errno;
      f->shut = true;
    }
  }
  if (f->held == 0)
    give_pipe(f);
  *more = *more || ((in > 0 || out > 0) && !f->shut);
  return 0;
}

void sj_flow_free(struct sj_flow *f) {
  give_pipe(f);
  f->held = 0;
}
