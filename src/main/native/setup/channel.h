/*
 * Sockets of the sandbox's network for its relay, which is outside: those that listen inside are made before anything hostile runs there,
 * those that reach a server inside whenever a connection wants one. The relay names what the plan has, and can ask for nothing else.
 */
#ifndef SJ_SETUP_CHANNEL_H
#define SJ_SETUP_CHANNEL_H

#include "program/context.h"

int sj_do_relay(struct sj_context *c, const struct sj_op *op);
int sj_do_listen(struct sj_context *c, const struct sj_op *op);
int sj_do_reach(struct sj_context *c, const struct sj_op *op);
/* One request of the relay. When it is gone, or does not take what it asked for, the channel is closed: the sandbox goes on. */
void sj_serve_relay(struct sj_context *c);

#endif
