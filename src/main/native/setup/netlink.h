/* Messages that Java has written, for the kernel about the sandbox's network (netlink(7), rtnetlink(7)). */
#ifndef SJ_SETUP_NETLINK_H
#define SJ_SETUP_NETLINK_H

#include "program/context.h"

int sj_do_netlink(struct sj_context *c, const struct sj_op *op);

#endif
