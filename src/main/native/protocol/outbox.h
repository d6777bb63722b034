/* Messages to Java that wait for room in the socket. */
#ifndef SJ_PROTOCOL_OUTBOX_H
#define SJ_PROTOCOL_OUTBOX_H

#include <stdbool.h>

#include "protocol/transport.h"

/* Takes over nothing: bytes are copied, descriptors duplicated where they have to wait. */
void sj_post(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds);
/* Sends what waits; true when nothing is left. */
bool sj_flush(int socket);
bool sj_outbox_empty(void);
/* Whether it waits for something else than room in the socket: then it is flushed again after some time. */
bool sj_outbox_stalled(void);

#endif
