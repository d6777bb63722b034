/* Messages of netlink(7), sent in the network namespace that this process is in. */
#ifndef SJ_KERNEL_NETLINK_H
#define SJ_KERNEL_NETLINK_H

#include <stddef.h>
#include <stdint.h>

enum { SJ_KERNEL_TEXT = 256 };

/* What became of them. */
struct sj_netlink_answer {
  int error;       /* an error number, 0 if the kernel has done everything */
  uint32_t number; /* of the first message that it has refused, 0 if it was something else */
  const char *call;
  char text[SJ_KERNEL_TEXT]; /* what the kernel says about that */
};

/* What the kernel says beside that: whole messages, each aligned to four bytes. */
struct sj_netlink_reply {
  uint8_t *bytes;
  size_t size; /* how many have room: with more it is EMSGSIZE, and what there was room for is here */
  size_t length;
};

/* `count` whole messages, numbered from 1 on, each with NLM_F_ACK. Without `reply` what the kernel says beside its answers is passed over. */
void sj_send_netlink(int protocol, const uint8_t *messages, size_t size, uint32_t count, struct sj_netlink_answer *answer,
                     struct sj_netlink_reply *reply);

#endif
