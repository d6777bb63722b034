#define _GNU_SOURCE
#include "cgroup/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cgroup/files.h"
#include "kernel/procfs.h"
#include "protocol/encode.h"
#include "protocol/outbox.h"

enum { TEXT_SIZE = 8192 };

struct watch {
  struct watch *next;
  uint64_t key;
  uint64_t sandbox;
  uint32_t number; /* Java's; unused for the launcher's own */
  bool oom;
  bool trigger; /* fires by itself: the end is no event */
  int file;  /* what is read */
  int event; /* what is polled: an eventfd, or the file itself */
};

static struct watch *watches;
static int epoll_to = -1, java = -1;
static uint64_t last_key;

void sj_watch_open(int epoll, int java_socket) {
  epoll_to = epoll;
  java = java_socket;
}

static void release(struct watch *w) {
  if (w->event >= 0 && w->event != w->file)
    close(w->event);
  if (w->file >= 0)
    close(w->file);
  free(w);
}

/* cgroup v1: "<eventfd> <file> <arguments>" in cgroup.event_control. */
static int register_event(const struct sj_cgroup *g, uint64_t hierarchy, struct watch *w, const char *control, const char *text) {
  char line[256];
  w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int fd = w->event < 0 ? -1 : sj_cgroup_open(g, hierarchy, control, O_WRONLY);
  if (fd < 0)
    return -1;
  int n = snprintf(line, sizeof line, "%d %d%s%s", w->event, w->file, text[0] != 0 ? " " : "", text);
  ssize_t written = n < (int)sizeof line ? write(fd, line, (size_t)n) : -1;
  int error = errno;
  close(fd);
  errno = error;
  return written < 0 ? -1 : 0;
}

static struct watch *begin(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, const char *control,
                           const char *text) {
  struct watch *w = calloc(1, sizeof *w);
  if (w == NULL)
    return NULL;
  w->event = -1;
  w->sandbox = g->id;
  w->file = sj_cgroup_open(g, hierarchy, file, text[0] != 0 && control[0] == 0 ? O_RDWR | O_NONBLOCK : O_RDONLY);
  bool good = w->file >= 0;
  if (good && control[0] != 0) {
    good = register_event(g, hierarchy, w, control, text) == 0;
  } else if (good) {
    w->event = w->file;
    /* A trigger of pressure ends with its NUL. */
    good = text[0] == 0 || write(w->file, text, strlen(text) + 1) >= 0;
  }
  struct epoll_event event = {.events = control[0] != 0 ? EPOLLIN : EPOLLPRI | EPOLLET, .data.u64 = SJ_FROM_WATCH | ++last_key};
  w->key = last_key;
  if (!good || epoll_ctl(epoll_to, EPOLL_CTL_ADD, w->event, &event) != 0) {
    int error = errno;
    release(w);
    errno = error;
    return NULL;
  }
  w->next = watches;
  watches = w;
  return w;
}

int sj_watch_oom(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, const char *control) {
  struct watch *w = begin(g, hierarchy, file, control, "");
  if (w == NULL)
    return -1;
  w->oom = true;
  return 0;
}

static void tell(uint64_t sandbox, uint32_t number, int error, const char *text) {
  uint8_t body[TEXT_SIZE + 64];
  struct sj_writer out = {body, sizeof body, 0, false};
  sj_put_u32(&out, number);
  sj_put_u32(&out, (uint32_t)error);
  sj_put_str(&out, text);
  sj_post(java, SJ_EVENT, sandbox, body, out.length, NULL, 0);
}

static void tell_content(const struct watch *w) {
  char text[TEXT_SIZE];
  if (sj_read_text(w->file, text, sizeof text))
    tell(w->sandbox, w->number, 0, text);
}

void sj_watch_for_java(const struct sj_cgroup *g, const struct sj_watch_request *request) {
  struct watch *w = begin(g, request->hierarchy, request->file, request->control, request->text);
  if (w == NULL) {
    tell(g->id, request->number, errno == 0 ? EIO : errno, "");
    return;
  }
  w->number = request->number;
  w->trigger = request->text[0] != 0;
  tell_content(w);
}

bool sj_watch_fired(uint64_t data, uint64_t *out_of_memory) {
  uint64_t count;
  for (struct watch *w = watches; w != NULL; w = w->next) {
    if (w->key != (data & ~SJ_FROM_WATCH))
      continue;
    if (w->event != w->file && read(w->event, &count, sizeof count) < 0)
      return false;
    if (!w->oom)
      tell_content(w);
    *out_of_memory = w->sandbox;
    return w->oom;
  }
  return false;
}

void sj_watch_end(const struct sj_cgroup *g) {
  for (struct watch **at = &watches; *at != NULL;) {
    struct watch *w = *at;
    if (w->sandbox != g->id) {
      at = &w->next;
      continue;
    }
    if (!w->oom && !w->trigger)
      tell_content(w);
    *at = w->next;
    release(w);
  }
}
