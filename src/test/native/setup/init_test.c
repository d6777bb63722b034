/* A supervisor answers each request for a further process, also one that it can't take. */
#define _GNU_SOURCE
#include "setup/init.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "full_table.h"
#include "protocol/internal.h"

static struct sj_plan plan;
static struct sj_context context;
static struct sj_supervisor supervisor;

_Noreturn static void run(int control) {
  plan.flags = SJ_PLAN_INIT;
  context.plan = &plan;
  context.control = control;
  context.relay = -1;
  supervisor.c = &context;
  supervisor.main.pid = -1;
  supervisor.signals = -1;
  (void)fill_table();
  sj_run_init(&supervisor);
}

int main(void) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  struct sj_reader r;
  int pair[2], status;
  const struct timeval patience = {20, 0};
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    close(pair[0]);
    run(pair[1]);
  }
  close(pair[1]);
  int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (uint64_t id = 8; id < 10; id++) {
    CHECK(given >= 0 && sj_send(pair[0], SJ_EXEC, id, NULL, 0, &given, 1) == 0);
    CHECK(sj_receive(pair[0], buffer, &m) == SJ_GOT_MESSAGE);
    CHECK(m.head.type == SJ_FAILED && m.head.id == id);
    sj_reader_init(&r, m.body, m.head.length);
    CHECK(sj_u16(&r) == SJ_IN_REQUEST && sj_u16(&r) == 0 && sj_u32(&r) == 0 && sj_u32(&r) == EMFILE);
    sj_free_message(&m);
  }
  close(pair[0]);
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  puts("init: ok");
  return 0;
}
