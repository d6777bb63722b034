/* What the launcher takes from the socket of a sandbox. */
#define _GNU_SOURCE
#include "launcher/supervisor_messages.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "bystander.h"
#include "full_table.h"
#include "launcher/sandboxes.h"
#include "launcher/unclaimed_exits.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"

static struct sj_launcher launcher;
static int java, supervisor; /* the other ends */

static void end(pid_t pid) {
  CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static struct sj_sandbox *sandbox(uint64_t id) {
  int pair[2];
  struct sj_sandbox *b = sj_new_sandbox(id);
  CHECK(b != NULL && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
  b->control = pair[0];
  supervisor = pair[1];
  b->init = true;
  return b;
}

static void forget(struct sj_sandbox *b) {
  sj_remove_sandbox(b);
  close(supervisor);
}

/* With the table full. */
static void started_without_room(struct sj_sandbox *from, uint64_t id) {
  uint8_t body[16] = {0};
  int program = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(program >= 0 && sj_send(supervisor, SJ_STARTED, id, body, sizeof body, &program, 1) == 0);
  struct rlimit before = fill_table();
  sj_read_supervisor_messages(&launcher, from);
  make_room(&before);
  close(program);
}

static void check_failure(const uint8_t *body, size_t length, uint16_t section) {
  struct sj_reader r;
  sj_reader_init(&r, body, length);
  CHECK(sj_u16(&r) == section);
  (void)sj_u16(&r);
  (void)sj_u32(&r);
  CHECK(sj_u32(&r) == EMFILE);
}

/* Nobody could end the program in time, or hear of it: so it ends at once, and with a reason. */
static void a_start_that_finds_no_room_ends(void) {
  struct sj_sandbox *b = sandbox(5);
  b->supervisor = bystander();
  started_without_room(b, 5);
  int status;
  CHECK(b->killed && b->last_type == SJ_FAILED);
  check_failure(b->last, b->last_length, SJ_IN_EXEC);
  CHECK(waitpid(b->supervisor, &status, 0) == b->supervisor && WIFSIGNALED(status));
  forget(b);
}

static void so_does_one_beside_a_program(void) {
  struct sj_message m;
  uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_sandbox *b = sandbox(6), *beside = sj_new_sandbox(7);
  CHECK(beside != NULL);
  beside->owner = b;
  b->execed = 1;
  b->started = true;
  b->supervisor = bystander();
  started_without_room(b, 7);
  CHECK(b->killed && b->last == NULL && b->execed == 0 && sj_find_sandbox(7) == NULL);
  CHECK(sj_receive(java, buffer, &m) == SJ_GOT_MESSAGE && m.head.type == SJ_FAILED && m.head.id == 7);
  check_failure(m.body, m.head.length, SJ_IN_REQUEST);
  sj_free_message(&m);
  CHECK(waitpid(b->supervisor, NULL, 0) == b->supervisor);
  forget(b);
}

static void name(struct sj_sandbox *from, pid_t pid) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)pid);
  CHECK(sj_send(supervisor, SJ_SUPERVISOR_PID, from->id, body, w.length, NULL, 0) == 0);
  sj_read_supervisor_messages(&launcher, from);
}

/* What the launcher signals and waits for is its own child, and nobody says later that it is another. */
static void who_the_supervisor_is_is_said_once(void) {
  struct sj_sandbox *b = sandbox(8);
  pid_t helper = bystander(), child = bystander(), other = bystander();
  b->supervisor = child;
  name(b, other);
  CHECK(b->supervisor == child && !b->supervisor_known);
  b->supervisor = -1;
  b->outer_helper = helper;
  const pid_t wrong[] = {0, -1, 1, getpid(), getppid(), helper};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    name(b, wrong[i]);
    CHECK(b->supervisor == -1 && !b->supervisor_known);
  }
  name(b, child);
  CHECK(b->supervisor == child && b->supervisor_known);
  name(b, other);
  CHECK(b->supervisor == child);
  forget(b);
  end(helper);
  end(child);
  end(other);
}

/* It was reaped before its outer helper's message was read. */
static void one_that_is_gone_already_is_not_signalled(void) {
  struct sj_sandbox *b = sandbox(9);
  struct rusage usage;
  int status;
  b->outer_helper = bystander();
  pid_t gone = bystander();
  CHECK(kill(gone, SIGKILL) == 0 && wait4(gone, &status, 0, &usage) == gone && sj_note_unclaimed_exit(gone, status, &usage));
  name(b, gone);
  CHECK(b->supervisor == -1 && b->supervisor_known && b->wait_status == status);
  end(b->outer_helper);
  forget(b);
}

int main(void) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
  launcher.java = pair[0];
  java = pair[1];
  launcher.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  a_start_that_finds_no_room_ends();
  so_does_one_beside_a_program();
  who_the_supervisor_is_is_said_once();
  one_that_is_gone_already_is_not_signalled();
  puts("supervisor messages: ok");
  return 0;
}
