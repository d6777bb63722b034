/* Layers that a clone of a template is given. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/layers.h"
#include "setup/operations.h"

int main(void) {
  static struct sj_plan plan;
  static struct sj_context c;
  static struct sj_op op;
  int pair[2];
  op.code = SJ_OP_OPEN_TREE;
  op.flags = SJ_SELF | SJ_OWN_IDS;
  op.num[0] = 3;
  op.str[0] = "/layer";
  plan.section[SJ_SETUP] = &op;
  plan.count[SJ_SETUP] = 1;
  c.plan = &plan;
  c.templated = true;
  for (unsigned i = 0; i < SJ_SLOTS_MAX; i++)
    c.slots[i] = -1;
  CHECK(sj_has_layers(&plan) && sj_awaits_layers(&c));
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(given >= 0);
  CHECK(sj_send(pair[0], SJ_LAYERS, 1, NULL, 0, &given, 1) == 0);
  CHECK(sj_take_layers(&c, pair[1]) == 0);
  CHECK(c.slots[3] >= 0 && fcntl(c.slots[3], F_GETFD) >= 0);
  /* It stays the caller's, who closes it: by then the number could be another file's. */
  CHECK(fcntl(pair[1], F_GETFD) >= 0);
  /* Who gives none has failed, and said so. */
  close(pair[0]);
  CHECK(sj_take_layers(&c, pair[1]) == -1);
  CHECK(fcntl(pair[1], F_GETFD) >= 0);
  puts("layers: ok");
  return 0;
}
