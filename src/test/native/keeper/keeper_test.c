/* The keeper of networks: what it makes, what the kernel refuses, and what it doesn't take. */
#define _GNU_SOURCE
#include "keeper/keeper.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "protocol/encode.h"
#include "protocol/transport.h"
#include "samples.h"

static int java;
static uint8_t buffer[SJ_BUFFER_SIZE];

struct said {
  int error;
  uint32_t number;
  char call[64];
  char text[300];
  uint32_t length; /* of what the kernel has said */
  uint16_t type;   /* of its first message */
  int fd;
};

static struct said hear(uint64_t id) {
  struct sj_message m;
  struct sj_reader r;
  struct said s = {.fd = -1};
  CHECK(sj_receive(java, buffer, &m) == SJ_GOT_MESSAGE);
  CHECK(m.head.type == SJ_NET_DONE && m.head.id == id && m.nfds <= 1);
  sj_reader_init(&r, m.body, m.head.length);
  s.error = (int)sj_u32(&r);
  s.number = sj_u32(&r);
  snprintf(s.call, sizeof s.call, "%s", sj_str(&r));
  snprintf(s.text, sizeof s.text, "%s", sj_str(&r));
  s.length = sj_u32(&r);
  const uint8_t *message = sj_take(&r, s.length);
  CHECK(!r.bad && r.at == r.end);
  if (s.length >= 16)
    memcpy(&s.type, message + 4, sizeof s.type);
  if (m.nfds == 1)
    s.fd = m.fds[0];
  m.nfds = 0;
  sj_free_message(&m);
  return s;
}

static struct said ask(uint16_t type, uint64_t id, const struct sample *s) {
  CHECK(sj_send(java, type, id, s == NULL ? NULL : s->bytes, s == NULL ? 0 : s->w.length, NULL, 0) == 0);
  return hear(id);
}

/* Asks for an interface: RTM_GETLINK. */
static void get(struct sample *s, uint32_t index) {
  const uint16_t type = 18;
  sample_start(s);
  sj_put_u64(&s->w, 0);
  sj_put_u32(&s->w, 32);
  sample_message(&s->w, 32, SAMPLE_ACKED, 1);
  memcpy(s->bytes + s->w.length - 32 + 4, &type, sizeof type);
  memcpy(s->bytes + s->w.length - 16 + 4, &index, sizeof index);
}

/* Has one interface come up. */
static void up(struct sample *s, uint32_t index) {
  sample_start(s);
  sj_put_u64(&s->w, 0);
  sj_put_u32(&s->w, 32);
  sample_message(&s->w, 32, SAMPLE_ACKED, 1);
  uint8_t *body = s->bytes + s->w.length - 16;
  const uint32_t flag = 1;
  memcpy(body + 4, &index, sizeof index);
  memcpy(body + 8, &flag, sizeof flag);
  memcpy(body + 12, &flag, sizeof flag);
}

static void step(struct sample *all, uint16_t type, uint64_t id, const struct sample *body) {
  sj_put_u16(&all->w, type);
  sj_put_u64(&all->w, id);
  sj_put_blob(&all->w, body == NULL ? (const uint8_t *)"" : body->bytes, body == NULL ? 0 : body->w.length);
}

static ino_t inode(int fd) {
  struct stat st;
  CHECK(fstat(fd, &st) == 0);
  return st.st_ino;
}

/* Several things at once, up to the first that fails. */
static void serves_all(void) {
  struct sample all, good, bad;
  up(&good, 1);
  up(&bad, 99);
  sample_start(&all);
  sj_put_u32(&all.w, 2);
  step(&all, SJ_NET_NEW, 11, NULL);
  step(&all, SJ_NET_SEND, 11, &good);
  struct said done = ask(SJ_NET_ALL, 0, &all);
  CHECK(done.error == 0 && done.fd >= 0 && done.length == 0);
  close(done.fd);
  sample_start(&all);
  sj_put_u32(&all.w, 4);
  step(&all, SJ_NET_SEND, 11, &good);
  step(&all, SJ_NET_NEW, 12, NULL);
  step(&all, SJ_NET_SEND, 12, &bad);
  sample_sysctl(&bad, "ipv4/no_such_file");
  step(&all, SJ_NET_SYSCTL, 12, &bad);
  struct said failed = ask(SJ_NET_ALL, 0, &all);
  CHECK(failed.error == ENODEV && failed.fd < 0 && failed.length == 4 && failed.number == 1);
  CHECK(ask(SJ_NET_SEND, 12, &good).error == 0); /* it is kept */
  sample_start(&all);
  sj_put_u32(&all.w, 1);
  step(&all, SJ_NET_SEND, 13, &good);
  CHECK(ask(SJ_NET_ALL, 0, &all).error == ESRCH);
  sample_start(&all);
  sj_put_u32(&all.w, 2);
  step(&all, SJ_NET_NEW, 14, NULL);
  step(&all, SJ_NET_NEW, 15, NULL);
  CHECK(ask(SJ_NET_ALL, 0, &all).error == EPROTO && ask(SJ_NET_SEND, 14, &good).error == ESRCH);
  sample_start(&all);
  sj_put_u32(&all.w, 1);
  step(&all, SJ_NET_READ, 11, &good);
  CHECK(ask(SJ_NET_ALL, 0, &all).error == EPROTO);
  CHECK(ask(SJ_NET_ALL, 0, NULL).error == EPROTO);
  for (uint64_t id = 11; id <= 12; id++)
    CHECK(sj_send(java, SJ_NET_DROP, id, NULL, 0, NULL, 0) == 0);
}

/* What is sent at the end of a namespace, which somebody else has too: its loopback device comes up. */
static void lasts(void) {
  struct sample s;
  int ends[2];
  char byte;
  struct said three = ask(SJ_NET_NEW, 3, NULL);
  CHECK(three.error == 0 && pipe2(ends, O_CLOEXEC) == 0);
  up(&s, 1);
  CHECK(ask(SJ_NET_LAST, 3, &s).error == EPROTO); /* nothing to hold */
  CHECK(sj_send(java, SJ_NET_LAST, 3, s.bytes, s.w.length, &ends[1], 1) == 0 && hear(3).error == 0);
  CHECK(sj_send(java, SJ_NET_LAST, 3, s.bytes, s.w.length, &ends[1], 1) == 0 && hear(3).error == 0); /* in the place of the other one */
  close(ends[1]);
  CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
  CHECK(sj_send(java, SJ_NET_DROP, 3, NULL, 0, NULL, 0) == 0);
  CHECK(ask(SJ_NET_SEND, 3, NULL).error == ESRCH);
  CHECK(read(ends[0], &byte, 1) == 0);
  close(ends[0]);
  close(three.fd);
}

static void serves(void) {
  struct sample s;
  struct said one = ask(SJ_NET_NEW, 1, NULL), two = ask(SJ_NET_NEW, 2, NULL), again = ask(SJ_NET_NEW, 1, NULL);
  CHECK(one.error == 0 && two.error == 0 && one.fd >= 0 && two.fd >= 0);
  CHECK(inode(one.fd) != inode(two.fd));
  CHECK(again.error == EEXIST && again.fd < 0);
  up(&s, 1);
  CHECK(ask(SJ_NET_SEND, 1, &s).error == 0);
  up(&s, 99);
  struct said refused = ask(SJ_NET_SEND, 1, &s);
  CHECK(refused.error == ENODEV && refused.number == 1 && strcmp(refused.call, "netlink") == 0);
  get(&s, 1);
  struct said read = ask(SJ_NET_READ, 1, &s), unread = ask(SJ_NET_SEND, 1, &s);
  CHECK(read.error == 0 && read.type == 16 && read.length > 32);
  CHECK(unread.error == 0 && unread.length == 0);
  get(&s, 99);
  struct said nothing = ask(SJ_NET_READ, 1, &s);
  CHECK(nothing.error == ENODEV && nothing.length == 0);
  up(&s, 1);
  struct said unknown = ask(SJ_NET_SEND, 3, &s);
  CHECK(unknown.error == ESRCH);
  sample_netlink(&s, 60);
  struct said nobody = ask(SJ_NET_SEND, 1, &s); /* the place is for a namespace that nobody knows */
  CHECK(nobody.error == ESRCH && strcmp(nobody.call, "decode") == 0);
  sample_sysctl(&s, "ipv4/ip_unprivileged_port_start");
  CHECK(ask(SJ_NET_SYSCTL, 1, &s).error == 0);
  sample_sysctl(&s, "ipv4/no_such_file");
  struct said missing = ask(SJ_NET_SYSCTL, 1, &s);
  CHECK(missing.error == ENOENT && strcmp(missing.text, "/proc/sys/net/ipv4/no_such_file") == 0);
  sample_sysctl(&s, "../kernel/hostname");
  CHECK(ask(SJ_NET_SYSCTL, 1, &s).error == EPROTO);
  CHECK(ask(SJ_NET_SEND, 1, NULL).error == EPROTO);
  sample_socket(&s, 2, 16);
  struct said socket = ask(SJ_NET_SOCKET, 1, &s);
  CHECK(socket.error == 0 && socket.fd >= 0);
  struct said taken = ask(SJ_NET_SOCKET, 1, &s);
  CHECK(taken.error == EADDRINUSE && taken.fd < 0 && strcmp(taken.call, "bind") == 0);
  CHECK(ask(SJ_NET_SOCKET, 2, &s).fd >= 0); /* another network */
  CHECK(ask(SJ_NET_SOCKET, 1, NULL).error == EPROTO);
  close(socket.fd);
  sample_packet(&s, 1, 1);
  struct said packet = ask(SJ_NET_PACKET, 1, &s);
  CHECK((packet.error == 0 && packet.fd >= 0) || packet.error == EPERM); /* without CAP_NET_RAW */
  close(packet.fd);
  sample_packet(&s, 99, 1);
  CHECK(ask(SJ_NET_PACKET, 1, &s).error != 0 && ask(SJ_NET_PACKET, 1, NULL).error == EPROTO);
  struct said cable = ask(SJ_NET_CABLE, 1, NULL);
  CHECK(cable.error == 0 && cable.fd >= 0);
  close(cable.fd);
  CHECK(ask(SJ_NET_DONE, 1, NULL).error == EPROTO);
  lasts();
  CHECK(sj_send(java, SJ_NET_DROP, 1, NULL, 0, NULL, 0) == 0);
  CHECK(ask(SJ_NET_SEND, 1, NULL).error == ESRCH);
  CHECK(ask(SJ_NET_NEW, 1, NULL).error == 0);
  close(one.fd);
  close(two.fd);
  serves_all();
}

/* False if this process may not have one. */
static bool with_keeper(char **words, int count, void (*test)(void)) {
  int pair[2], status;
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    close(pair[0]);
    _exit(sj_keep(pair[1], open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count, words));
  }
  close(pair[1]);
  java = pair[0];
  struct said ready = hear(0);
  CHECK(ready.error != 0 || (ready.fd >= 0) == (count > 0));
  if (ready.error == 0)
    test();
  close(java);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == (ready.error != 0));
  CHECK(ready.error == 0 || ready.error == EPERM || ready.error == ENOSPC || ready.error == EACCES || ready.error < 3);
  return ready.error == 0;
}

int main(void) {
  char uids[64], gids[64], deny[] = "deny", split[] = "--";
  char *words[] = {deny, uids, split, gids};
  snprintf(uids, sizeof uids, "%u %u 1", geteuid(), geteuid());
  snprintf(gids, sizeof gids, "%u %u 1", getegid(), getegid());
  if (!with_keeper(NULL, 0, serves))
    CHECK(geteuid() != 0 || printf("no network namespaces of its own here: not tried\n") > 0);
  if (!with_keeper(words, 4, serves))
    CHECK(printf("no user namespaces here: not tried\n") > 0);
  return 0;
}
