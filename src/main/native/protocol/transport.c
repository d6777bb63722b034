#define _GNU_SOURCE
#include "protocol/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "protocol/encode.h"

static void take_descriptors(struct msghdr *msg, struct sj_message *out) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      if (out->nfds < SJ_FDS_MAX)
        out->fds[out->nfds++] = fd;
      else
        close(fd);
    }
  }
}

static bool read_memfd(struct sj_message *m) {
  m->heap = malloc((size_t)m->head.length + 1);
  if (m->heap == NULL)
    return false;
  size_t done = 0;
  while (done < m->head.length) {
    ssize_t n = pread(m->fds[0], m->heap + done, m->head.length - done, (off_t)done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  close(m->fds[0]);
  memmove(m->fds, m->fds + 1, (m->nfds - 1) * sizeof m->fds[0]);
  m->nfds--;
  m->body = m->heap;
  return true;
}

enum sj_received sj_receive(int socket, uint8_t buffer[SJ_BUFFER_SIZE], struct sj_message *out) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * SJ_FDS_MAX)];
    struct cmsghdr align;
  } control;
  struct iovec iov = {buffer, SJ_BUFFER_SIZE};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t n;
  memset(out, 0, sizeof *out);
  /* A peer that ends without having read everything is reported once, before what it has sent. */
  do
    n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
  while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK ? SJ_GOT_NOTHING : SJ_GOT_END;
  take_descriptors(&msg, out);
  if (n == 0) {
    sj_free_message(out);
    return SJ_GOT_END;
  }
  bool whole = sj_decode_header(buffer, (size_t)n, &out->head) && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && out->nfds == out->head.nfds;
  out->body = buffer + SJ_HEADER_SIZE;
  if (whole && (!(out->head.flags & SJ_BODY_IN_MEMFD) || read_memfd(out)))
    return SJ_GOT_MESSAGE;
  errno = msg.msg_flags & MSG_CTRUNC ? EMFILE : EPROTO;
  return SJ_GOT_GARBAGE;
}

void sj_free_message(struct sj_message *m) {
  for (uint32_t i = 0; i < m->nfds; i++)
    if (m->fds[i] >= 0)
      close(m->fds[i]);
  m->nfds = 0;
  free(m->heap);
  m->heap = NULL;
}

static int send_flagged(int socket, struct iovec *iov, size_t count, const int *fds, uint32_t nfds, int flags) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * SJ_FDS_MAX)];
    struct cmsghdr align;
  } control;
  struct msghdr msg = {.msg_iov = iov, .msg_iovlen = count};
  if (nfds > 0) {
    memset(&control, 0, sizeof control);
    msg.msg_control = control.bytes;
    msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
  }
  ssize_t n;
  do
    n = sendmsg(socket, &msg, flags);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -1 : 0;
}

static int send_all(int socket, struct iovec *iov, size_t count, const int *fds, uint32_t nfds) {
  return send_flagged(socket, iov, count, fds, nfds, MSG_NOSIGNAL);
}

static void put_header(uint8_t head[SJ_HEADER_SIZE], uint16_t type, uint16_t flags, uint64_t id, size_t length, uint32_t nfds) {
  struct sj_writer w = {head, SJ_HEADER_SIZE, 0, false};
  sj_put_u32(&w, SJ_MAGIC);
  sj_put_u16(&w, type);
  sj_put_u16(&w, flags);
  sj_put_u64(&w, id);
  sj_put_u32(&w, (uint32_t)length);
  sj_put_u32(&w, nfds);
}

int sj_send(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds) {
  uint8_t head[SJ_HEADER_SIZE];
  put_header(head, type, 0, id, length, nfds);
  struct iovec iov[2] = {{head, sizeof head}, {(void *)(uintptr_t)body, length}};
  return send_all(socket, iov, length > 0 ? 2 : 1, fds, nfds);
}

int sj_send_with(int socket, uint16_t type, uint64_t id, int fd, int flags) {
  uint8_t head[SJ_HEADER_SIZE];
  put_header(head, type, 0, id, 0, 1);
  struct iovec iov = {head, sizeof head};
  return send_flagged(socket, &iov, 1, &fd, 1, flags);
}

int sj_send_in_memfd(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds) {
  int all[SJ_FDS_MAX];
  if (nfds + 1 > SJ_FDS_MAX) {
    errno = EMSGSIZE;
    return -1;
  }
  all[0] = memfd_create("sandjar-body", MFD_CLOEXEC);
  if (all[0] < 0)
    return -1;
  memcpy(all + 1, fds, nfds * sizeof all[0]);
  int result = -1;
  ssize_t written = pwrite(all[0], body, length, 0);
  if (written >= 0 && (size_t)written == length) {
    uint8_t head[SJ_HEADER_SIZE];
    put_header(head, type, SJ_BODY_IN_MEMFD, id, length, nfds + 1);
    struct iovec iov = {head, sizeof head};
    result = send_all(socket, &iov, 1, all, nfds + 1);
  }
  int saved = errno;
  close(all[0]);
  errno = saved;
  return result;
}

int sj_forward(int socket, const struct sj_message *m, uint16_t type, uint64_t id) {
  /* A body that came in a memfd was copied out of it: it goes on in the same way, in a new one, so that datagrams stay small. */
  if (m->heap == NULL)
    return sj_send(socket, type, id, m->body, m->head.length, m->fds, m->nfds);
  return sj_send_in_memfd(socket, type, id, m->heap, m->head.length, m->fds, m->nfds);
}
