#define _GNU_SOURCE
#include "relay/listeners.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

void sj_watch_listeners(struct sj_relay *r) {
  for (uint32_t i = 0; i < r->nlisteners && r->begun; i++) {
    struct sj_listener *l = &r->listeners[i];
    unsigned side = sj_side(l->link);
    bool wanted = sj_has_place(r, side) && !r->short_of && !(side == 1 && r->held_back);
    if (wanted == l->watched || l->fd < 0)
      continue;
    if (wanted ? sj_hear(r, EPOLL_CTL_ADD, l->fd, SJ_OF_LISTENER, i, EPOLLIN) : epoll_ctl(r->epoll, EPOLL_CTL_DEL, l->fd, NULL) == 0)
      l->watched = wanted;
    else
      r->short_of = true; /* of what epoll(7) needs for it: again at the next tick */
  }
}

bool sj_add_listener(struct sj_relay *r, int fd, uint32_t link) {
  if (r->nlisteners == sizeof r->listeners / sizeof r->listeners[0] || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    return false;
  r->listeners[r->nlisteners++] = (struct sj_listener){.fd = fd, .link = link};
  sj_watch_listeners(r);
  return true;
}

void sj_close_listener(struct sj_listener *l) {
  if (l->fd >= 0)
    close(l->fd); /* which takes it out of the epoll instance too: no one else has it */
  l->fd = -1;
  l->waiting = false;
}
