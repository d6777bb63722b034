#define _GNU_SOURCE
#include "setup/netlink.h"

#include <errno.h>

#include "kernel/netlink.h"
#include "setup/network.h"

int sj_do_netlink(struct sj_context *c, const struct sj_op *op) {
  static struct sj_netlink_answer answer;
  /* The device is up, and has its own addresses, only then. */
  if (sj_end_network(c) != 0)
    return -1;
  sj_send_netlink((int)op->num[0], op->blob, op->blob_size, sj_count_messages(op->blob, op->blob_size), &answer, NULL);
  errno = answer.error;
  return answer.error == 0 ? 0 : sj_fail(c, answer.call, answer.text);
}
