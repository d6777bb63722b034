/* What Java is to be told is told, later if not now. */
#define _GNU_SOURCE
#include "protocol/outbox.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "full_table.h"

enum { NOBODY = 54321, MANY = 4096 };

static int launcher, java, given;

static void connect_both(void) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
  launcher = pair[0];
  java = pair[1];
}

/* True if it is there, with a descriptor or none. */
static bool hear(uint64_t id, uint32_t nfds) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  bool heard = sj_receive(java, buffer, &m) == SJ_GOT_MESSAGE && m.head.id == id && m.nfds == nfds;
  sj_free_message(&m);
  return heard;
}

/* Posts until the first has to wait. */
static uint64_t fill(void) {
  uint64_t id = 0;
  while (sj_outbox_empty())
    sj_post(launcher, SJ_PONG, ++id, NULL, 0, NULL, 0);
  return id;
}

/* How a process of its own ends that does this. */
static int end_of(void (*test)(void)) {
  int status;
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    test();
    _exit(0);
  }
  CHECK(waitpid(pid, &status, 0) == pid);
  return status;
}

static void room_is_waited_for(void) {
  connect_both();
  uint64_t last = fill();
  sj_post(launcher, SJ_LISTENER, last + 1, NULL, 0, &given, 1);
  CHECK(!sj_outbox_stalled() && !sj_flush(launcher));
  for (uint64_t id = 1; id < last; id++)
    CHECK(hear(id, 0));
  CHECK(sj_flush(launcher) && sj_outbox_empty() && hear(last, 0) && hear(last + 1, 1));
}

static void an_end_is_not(void) {
  connect_both();
  (void)fill();
  close(java);
  CHECK(sj_flush(launcher) && sj_outbox_empty());
  sj_post(launcher, SJ_PONG, 1, NULL, 0, NULL, 0);
  CHECK(sj_outbox_empty());
}

/* The kernel lets a user have so many under way as he may have open, but for the rights of root. */
static void neither_is_it_an_end_that_too_many_descriptors_are_under_way(void) {
  const struct rlimit few = {64, 64};
  int full[2], sent = 0;
  CHECK(geteuid() != 0 || setuid(NOBODY) == 0 || errno == EINVAL);
  connect_both();
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, full) == 0);
  CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
  while (sent < MANY && sj_send(full[0], SJ_LISTENER, 1, NULL, 0, (int[]){given, given, given, given}, 4) == 0)
    sent++;
  if (errno != ETOOMANYREFS)
    _exit(77);
  sj_post(launcher, SJ_LISTENER, 5, NULL, 0, &given, 1);
  CHECK(!sj_outbox_empty() && sj_outbox_stalled() && !sj_flush(launcher) && sj_outbox_stalled());
  close(full[1]);
  CHECK(sj_flush(launcher) && !sj_outbox_stalled() && hear(5, 1));
}

static void post_with_a_closed_descriptor(void) {
  const int closed = 999;
  CHECK(fcntl(closed, F_GETFD) < 0);
  connect_both();
  sj_post(launcher, SJ_LISTENER, 1, NULL, 0, &closed, 1);
}

static void post_without_room_for_a_copy(void) {
  connect_both();
  (void)fill();
  (void)fill_table();
  sj_post(launcher, SJ_LISTENER, 1, NULL, 0, &given, 1);
}

static bool aborts(void (*test)(void)) {
  int status = end_of(test);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

int main(void) {
  given = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(given >= 0);
  CHECK(end_of(room_is_waited_for) == 0);
  CHECK(end_of(an_end_is_not) == 0);
  int status = end_of(neither_is_it_an_end_that_too_many_descriptors_are_under_way);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    puts("descriptors under way are not bounded here: not tried");
  else
    CHECK(status == 0);
  CHECK(aborts(post_with_a_closed_descriptor));
  CHECK(aborts(post_without_room_for_a_copy));
  puts("outbox: ok");
  return 0;
}
