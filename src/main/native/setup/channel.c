#define _GNU_SOURCE
#include "setup/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/fds.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/network.h"
#include "setup/resolve.h"

enum { BACKLOG = 128 };

union address {
  struct sockaddr any;
  struct sockaddr_un un;
};

static void close_keeping_errno(int fd) {
  int error = errno;
  if (fd >= 0)
    close(fd);
  errno = error;
}

int sj_do_relay(struct sj_context *c, const struct sj_op *op) {
  int pair[2];
  (void)op;
  /* The addresses of the loopback device are there once it is up. */
  if (sj_end_network(c) != 0)
    return -1;
  if (c->start->flags & SJ_START_PROBE)
    return 0;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return sj_fail(c, "socketpair", "relay");
  int sent = sj_send_with(c->control, SJ_CHANNEL, c->id, pair[1], MSG_NOSIGNAL);
  close_keeping_errno(pair[1]);
  c->relay = pair[0];
  if (sent != 0)
    return sj_fail(c, "sendmsg", "relay");
  return sj_raise(&c->relay) == 0 ? 0 : sj_fail(c, "fcntl(F_DUPFD)", "relay");
}

/* Runs `call` on a path that is beneath `directory`, whatever the root has become; the working directory is the programs' to inherit. */
static int in_directory(int directory, int socket, const char *name, int (*call)(int, const struct sockaddr *, socklen_t)) {
  union address a;
  memset(&a, 0, sizeof a);
  a.un.sun_family = AF_UNIX;
  if (strlen(name) >= sizeof a.un.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(a.un.sun_path, name);
  int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (before < 0)
    return -1;
  int result = fchdir(directory) == 0 ? call(socket, &a.any, sizeof a.un) : -1;
  int error = errno;
  if (fchdir(before) != 0) {
    error = errno;
    result = -1;
  }
  close(before);
  errno = error;
  return result;
}

static int bind_path(struct sj_context *c, int socket, const char *path) {
  char name[256];
  int parent = sj_resolve_parent(c, path, name);
  if (parent < 0)
    return -1;
  mode_t mask = umask(0); /* whoever can reach the directory may connect */
  int result = in_directory(parent, socket, name, bind);
  umask(mask);
  close_keeping_errno(parent);
  return result;
}

static int listener(struct sj_context *c, const struct sj_op *op) {
  union address a;
  int one = 1;
  memset(&a, 0, sizeof a);
  memcpy(&a, op->blob, op->blob_size);
  int family = op->blob_size > 0 ? a.any.sa_family : AF_UNIX;
  int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return -1;
  (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (family == AF_INET6) /* else one for all addresses would be of IPv4 too */
    (void)setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  int bound = op->blob_size > 0 ? bind(s, &a.any, op->blob_size) : bind_path(c, s, op->str[0]);
  if (bound == 0 && listen(s, BACKLOG) == 0)
    return s;
  close_keeping_errno(s);
  return -1;
}

int sj_do_listen(struct sj_context *c, const struct sj_op *op) {
  int s = listener(c, op);
  if (s < 0 && (op->flags & SJ_OPTIONAL) && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
    c->absent = true;
    return 0;
  }
  if (s < 0)
    return sj_fail(c, "bind", op->str[0]);
  int sent = c->relay < 0 ? 0 : sj_send_with(c->relay, SJ_LISTENING, op->num[0], s, MSG_NOSIGNAL);
  close_keeping_errno(s);
  return sent == 0 ? 0 : sj_fail(c, "sendmsg", "relay");
}

/* Its time comes when the relay asks for it. */
int sj_do_reach(struct sj_context *c, const struct sj_op *op) {
  (void)c;
  (void)op;
  return 0;
}

/* Looked up each time: the server inside may have made it anew. Its root is the programs', so that nothing of the host is in reach. */
static int connect_path(struct sj_context *c, int socket, const char *path) {
  char name[32];
  struct stat st;
  int fd = sj_resolve(c, path);
  if (fd < 0)
    return -1;
  int result = -1;
  errno = ECONNREFUSED;
  sj_fd_path(fd, name);
  if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
    result = in_directory(c->proc, socket, name, connect);
  close_keeping_errno(fd);
  return result;
}

static int reach(struct sj_context *c, const struct sj_op *op) {
  union address a;
  memset(&a, 0, sizeof a);
  memcpy(&a, op->blob, op->blob_size);
  int family = op->blob_size > 0 ? a.any.sa_family : AF_UNIX;
  int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return -1;
  int result = op->blob_size > 0 ? connect(s, &a.any, op->blob_size) : connect_path(c, s, op->str[0]);
  if (result == 0 || errno == EINPROGRESS)
    return s;
  close_keeping_errno(s);
  return -1;
}

static const struct sj_op *named(const struct sj_context *c, uint32_t number) {
  const struct sj_op *op = c->plan->section[SJ_SETUP];
  for (uint32_t i = 0; i < c->plan->count[SJ_SETUP]; i++, op++)
    if (op->code == SJ_OP_REACH && op->num[0] == number)
      return op;
  return NULL;
}

static bool answer(struct sj_context *c, const struct sj_message *m) {
  uint8_t body[4];
  struct sj_reader r;
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_reader_init(&r, m->body, m->head.length);
  const struct sj_op *op = named(c, sj_u32(&r));
  if (m->head.type != SJ_REACH_FOR || r.bad || op == NULL)
    return false;
  int s = reach(c, op);
  sj_put_u32(&w, s < 0 ? (uint32_t)errno : 0);
  bool sent = sj_send(c->relay, SJ_REACHED, m->head.id, body, w.length, &s, s >= 0 ? 1 : 0) == 0;
  close_keeping_errno(s);
  return sent;
}

void sj_serve_relay(struct sj_context *c) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  /* It must never be waited for. */
  if (fcntl(c->relay, F_SETFL, O_NONBLOCK) != 0)
    return;
  enum sj_received got = sj_receive(c->relay, buffer, &m);
  bool good = got == SJ_GOT_NOTHING || (got == SJ_GOT_MESSAGE && answer(c, &m));
  sj_free_message(&m);
  if (good)
    return;
  close(c->relay);
  c->relay = -1;
}
