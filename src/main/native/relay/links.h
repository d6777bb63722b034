/* What a relay was told: which published ports and which ports of the host there are. */
#ifndef SJ_RELAY_LINKS_H
#define SJ_RELAY_LINKS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "protocol/decode.h"

union sj_address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_un un;
};

enum sj_link_kind { SJ_NO_LINK = 0, SJ_PUBLISHED, SJ_FORWARDED };

struct sj_link {
  enum sj_link_kind kind;
  bool asks;
  bool named;
  bool first_bytes;
  uint32_t first; /* number of its first REACH or LISTEN */
  uint32_t count;
  union sj_address address; /* outside */
  socklen_t size;
};

/* NULL if there is none. */
const struct sj_link *sj_link(uint32_t number);
/* The link of a socket that listens inside; SJ_LINKS_MAX if there is none. */
uint32_t sj_link_of_listener(uint64_t listening);
/* False if there is one of this number already. */
bool sj_add_link(uint64_t number, enum sj_link_kind kind, const struct sj_link_request *r);

/* Listens outside. The socket, or -1 with errno and the name of the call. */
int sj_publish(uint32_t number, const char **call);
/* Begins to connect outside. The socket, or -1 with errno. Paths are looked up through `proc`, which is the working directory. */
int sj_connect_outside(const struct sj_link *link);
/* The same to an address that Java has named. */
int sj_connect_to(const struct sockaddr *address, socklen_t size);
/* Removes what sj_publish has made of files, if it is still what it was. */
void sj_unpublish(void);

#endif
