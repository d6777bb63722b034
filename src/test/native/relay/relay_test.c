/* A relay whose Java, supervisor, client inside and server outside are all this program. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "relay/relay.h"

enum { LISTEN_NUMBER = 5, CLIENTS = 3, PATIENCE_MS = 20000 };

static uint8_t buffer[SJ_BUFFER_SIZE];

static int listening(struct sockaddr_in *a) {
  socklen_t size = sizeof *a;
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  CHECK(s >= 0 && bind(s, (const struct sockaddr *)a, sizeof *a) == 0 && listen(s, 8) == 0);
  CHECK(getsockname(s, (struct sockaddr *)a, &size) == 0);
  return s;
}

static void wait_for(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
  CHECK(poll(&p, 1, PATIENCE_MS) == 1);
}

static void expect(int java, uint16_t type, struct sj_message *m) {
  wait_for(java);
  CHECK(sj_receive(java, buffer, m) == SJ_GOT_MESSAGE);
  CHECK(m->head.type == type);
}

static int done(int java, uint64_t id) {
  struct sj_message m;
  struct sj_reader r;
  expect(java, SJ_RELAY_DONE, &m);
  CHECK(m.head.id == id);
  sj_reader_init(&r, m.body, m.head.length);
  int error = (int)sj_u32(&r);
  CHECK(!r.bad);
  sj_free_message(&m);
  return error;
}

static void put_blob(struct sj_writer *w, const void *data, size_t size) {
  sj_put_u32(w, (uint32_t)size);
  memcpy(w->data + w->length, data, size);
  w->length += size;
}

static pid_t begin_link(int *java, int *channel, const struct sockaddr_in *server, uint32_t flags) {
  uint8_t body[256];
  struct sj_writer w = {body, sizeof body, 0, false};
  const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  int pair[2], to_supervisor[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, to_supervisor) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    close(pair[0]);
    close(to_supervisor[0]); /* which would keep the sandbox alive */
    close(to_supervisor[1]);
    _exit(sj_relay(pair[1], open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)));
  }
  close(pair[1]);
  *java = pair[0];
  *channel = to_supervisor[0];
  /* What is no request is answered. */
  CHECK(sj_send(*java, SJ_RELAY_FORWARD, 0, body, 3, NULL, 0) == 0);
  CHECK(done(*java, 0) == EPROTO);
  sj_put_u32(&w, flags);
  sj_put_u32(&w, LISTEN_NUMBER);
  sj_put_u32(&w, 1);
  put_blob(&w, server, flags & SJ_LINK_NAMED ? 0 : sizeof *server);
  CHECK(sj_send(*java, SJ_RELAY_FORWARD, 0, body, w.length, NULL, 0) == 0);
  CHECK(done(*java, 0) == 0);
  w.length = 0;
  sj_put_u32(&w, 1); /* the others wait in the queue */
  sj_put_u64(&w, PATIENCE_MS * UINT64_C(1000000));
  sj_put_u64(&w, PATIENCE_MS * UINT64_C(1000000));
  sj_put_u64(&w, UINT64_MAX);
  sj_put_u32(&w, 1000);
  put_blob(&w, &all, sizeof all);
  CHECK(sj_send(*java, SJ_RELAY_CONFINE, 0, body, w.length, NULL, 0) == 0);
  CHECK(done(*java, 0) == 0);
  CHECK(sj_send(*java, SJ_RELAY_BEGIN, 0, NULL, 0, &to_supervisor[1], 1) == 0);
  close(to_supervisor[1]);
  return pid;
}

static pid_t begin(int *java, int *channel, const struct sockaddr_in *server) {
  return begin_link(java, channel, server, 0);
}

static void ended_well(int java) {
  struct sj_message m;
  struct sj_reader r;
  expect(java, SJ_RELAY_ENDED, &m);
  sj_reader_init(&r, m.body, m.head.length);
  CHECK(sj_u32(&r) == 0);
  CHECK(sj_u32(&r) == SJ_CAME_TO_END);
  CHECK(sj_u32(&r) == 0);
  CHECK(sj_u64(&r) == 0 && sj_u64(&r) == 6 && !r.bad);
  sj_free_message(&m);
}

/* The sandbox is gone before the relay has accepted any of them. */
static void what_was_written_before_the_end_arrives(void) {
  struct sockaddr_in outside, inside;
  struct sj_message m;
  int java, channel, status;
  int server = listening(&outside), listener = listening(&inside);
  pid_t pid = begin(&java, &channel, &outside);
  for (int i = 0; i < CLIENTS; i++) {
    int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(c, (const struct sockaddr *)&inside, sizeof inside) == 0);
    CHECK(write(c, "hello", 6) == 6);
    close(c);
  }
  CHECK(sj_send(channel, SJ_LISTENING, LISTEN_NUMBER, NULL, 0, &listener, 1) == 0);
  close(listener);
  close(channel);
  for (int i = 0; i < CLIENTS; i++) {
    char text[16];
    wait_for(server);
    int c = accept(server, NULL, NULL);
    CHECK(c >= 0);
    wait_for(c);
    CHECK(read(c, text, sizeof text) == 6 && memcmp(text, "hello", 6) == 0);
    wait_for(c);
    CHECK(read(c, text, sizeof text) == 0);
    close(c);
  }
  for (int i = 0; i < CLIENTS; i++)
    ended_well(java);
  wait_for(java);
  CHECK(sj_receive(java, buffer, &m) == SJ_GOT_END);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(server);
  close(java);
}

/* Java is asked, and takes the connection itself: what comes from inside is at the other end of the socket that it gets. */
static void what_java_wants_is_handed_to_it(void) {
  struct sockaddr_in nowhere = {.sin_family = AF_INET}, inside;
  struct sj_message m;
  uint8_t body[64];
  struct sj_writer w = {body, sizeof body, 0, false};
  int java, channel, status;
  char text[16];
  int listener = listening(&inside);
  pid_t pid = begin_link(&java, &channel, &nowhere, SJ_LINK_ASKS | SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES);
  int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(connect(c, (const struct sockaddr *)&inside, sizeof inside) == 0);
  CHECK(write(c, "hello", 6) == 6);
  CHECK(sj_send(channel, SJ_LISTENING, LISTEN_NUMBER, NULL, 0, &listener, 1) == 0);
  expect(java, SJ_RELAY_ASKS, &m);
  uint64_t id = m.head.id;
  sj_free_message(&m);
  sj_put_u32(&w, SJ_ANSWER_HAND);
  for (int i = 0; i < 2 + SJ_SAID_COUNT + 1; i++)
    sj_put_u32(&w, 0);
  CHECK(sj_send(java, SJ_RELAY_DECIDED, id, body, w.length, NULL, 0) == 0);
  expect(java, SJ_RELAY_HANDED, &m);
  CHECK(m.head.id == id && m.nfds == 1);
  int handed = m.fds[0];
  m.nfds = 0;
  sj_free_message(&m);
  wait_for(handed);
  CHECK(read(handed, text, sizeof text) == 6 && memcmp(text, "hello", 6) == 0);
  CHECK(write(handed, "answer", 7) == 7);
  close(handed);
  wait_for(c);
  CHECK(read(c, text, sizeof text) == 7 && memcmp(text, "answer", 7) == 0);
  wait_for(c);
  CHECK(read(c, text, sizeof text) == 0);
  close(c);
  expect(java, SJ_RELAY_ENDED, &m);
  CHECK(m.head.id == id);
  sj_free_message(&m);
  close(channel);
  wait_for(java);
  CHECK(sj_receive(java, buffer, &m) == SJ_GOT_END);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(listener);
  close(java);
}

/* Without its Java machine it is of no use, whatever is open. */
static void it_ends_with_java(void) {
  struct sockaddr_in outside, inside;
  int java, channel, status;
  int server = listening(&outside), listener = listening(&inside);
  pid_t pid = begin(&java, &channel, &outside);
  CHECK(sj_send(channel, SJ_LISTENING, LISTEN_NUMBER, NULL, 0, &listener, 1) == 0);
  int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(connect(c, (const struct sockaddr *)&inside, sizeof inside) == 0);
  wait_for(server);
  close(java);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(c);
  close(channel);
  close(listener);
  close(server);
}

int main(void) {
  what_was_written_before_the_end_arrives();
  what_java_wants_is_handed_to_it();
  it_ends_with_java();
  return 0;
}
