/* Sending and receiving whole messages of the protocol in protocol.h over a SEQPACKET socket, with their descriptors. */
#ifndef SJ_PROTOCOL_TRANSPORT_H
#define SJ_PROTOCOL_TRANSPORT_H

#include "protocol/decode.h"

struct sj_message {
  struct sj_header head;
  const uint8_t *body;
  uint8_t *heap; /* owned; NULL when the body is in the caller's buffer */
  int fds[SJ_FDS_MAX];
  uint32_t nfds;
};

enum sj_received {
  SJ_GOT_MESSAGE,
  SJ_GOT_NOTHING, /* would block */
  SJ_GOT_END,     /* the peer is gone */
  SJ_GOT_GARBAGE, /* head.id and head.type are set where they could be read; errno is EMFILE if its descriptors found no room here, or EPROTO */
};

#define SJ_BUFFER_SIZE (SJ_HEADER_SIZE + SJ_INLINE_MAX)

enum sj_received sj_receive(int socket, uint8_t buffer[SJ_BUFFER_SIZE], struct sj_message *out);
void sj_free_message(struct sj_message *m); /* closes the descriptors still in it */

/* 0, or -1 with errno. */
int sj_send(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds);
/* The same of a body that is longer than a datagram takes. */
int sj_send_in_memfd(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds);
/* A message without a body, with one descriptor, sent with further flags of sendmsg(2). */
int sj_send_with(int socket, uint16_t type, uint64_t id, int fd, int flags);
/* The same message again, descriptors and all. */
int sj_forward(int socket, const struct sj_message *m, uint16_t type, uint64_t id);

#endif
