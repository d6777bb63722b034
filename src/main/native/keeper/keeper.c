#define _GNU_SOURCE
#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/cable.h"
#include "keeper/packet.h"
#include "kernel/netlink.h"
#include "kernel/fds.h"
#include "kernel/procfs.h"
#include "kernel/user_namespace.h"
#include "protocol/encode.h"
#include "protocol/transport.h"

struct kept {
  uint64_t id;
  int fd;
  int held; /* until the last messages are sent; -1 if there are none */
  uint8_t *last;
  uint32_t size, count, protocol;
};

static struct {
  int java;
  int proc;
  int home; /* where it is while it does nothing: a namespace that has no network */
  struct kept *kept;
  size_t count;
  uint8_t said[SJ_NETLINK_READ_MAX]; /* by the kernel */
} keeper;

static int failed(struct sj_netlink_answer *a, const char *call) {
  a->error = errno;
  a->call = call;
  return -1;
}

static bool answer(uint64_t id, const struct sj_netlink_answer *a, size_t said, int fd) {
  static uint8_t body[SJ_KERNEL_TEXT + 128 + sizeof keeper.said];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)a->error);
  sj_put_u32(&w, a->number);
  sj_put_str(&w, a->call == NULL ? "" : a->call);
  sj_put_str(&w, a->text);
  sj_put_blob(&w, keeper.said, said);
  return sj_send(keeper.java, SJ_NET_DONE, id, body, w.length, &fd, fd >= 0 ? 1 : 0) == 0;
}

static struct kept *find(uint64_t id) {
  for (size_t i = 0; i < keeper.count; i++)
    if (keeper.kept[i].id == id)
      return &keeper.kept[i];
  return NULL;
}

static bool enter(int fd, struct sj_netlink_answer *a) {
  if (setns(fd, CLONE_NEWNET) == 0)
    return true;
  (void)failed(a, "setns(CLONE_NEWNET)");
  return false;
}

/* A descriptor of a new namespace, in which this process is then. */
static int new_network(struct sj_netlink_answer *a) {
  if (unshare(CLONE_NEWNET) != 0)
    return failed(a, "unshare(CLONE_NEWNET)");
  int fd = openat(keeper.proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : failed(a, "open");
}

static int keep(uint64_t id, struct sj_netlink_answer *a) {
  if (find(id) != NULL) {
    errno = EEXIST;
    return failed(a, "decode");
  }
  struct kept *more = realloc(keeper.kept, (keeper.count + 1) * sizeof *more);
  if (more == NULL)
    return failed(a, "realloc");
  keeper.kept = more;
  int fd = new_network(a);
  if (fd >= 0)
    keeper.kept[keeper.count++] = (struct kept){id, fd, -1, NULL, 0, 0, 0};
  return fd;
}

/* Where what is left in the namespace would be reached by others, or reach them, until the kernel ends it. */
static void end_kept(const struct kept *k) {
  struct sj_netlink_answer a, home;
  if (k->last != NULL) {
    if (enter(k->fd, &a))
      sj_send_netlink((int)k->protocol, k->last, k->size, k->count, &a, NULL); /* Java is gone, or needs no answer */
    if (!enter(keeper.home, &home))
      _exit(1);
    free(k->last);
    close(k->held);
  }
  close(k->fd);
}

static void drop(uint64_t id) {
  struct kept *k = find(id);
  if (k == NULL)
    return;
  end_kept(k);
  *k = keeper.kept[--keeper.count];
}

static void keep_last(struct sj_message *m, struct kept *k, struct sj_netlink_answer *a) {
  struct sj_netlink_request r;
  errno = EPROTO;
  bool good = m->nfds == 1 && sj_decode_netlink(m->body, m->head.length, &r) && r.patches == 0;
  uint8_t *last = good ? malloc(r.size) : NULL;
  if (last == NULL) {
    (void)failed(a, "decode");
    return;
  }
  memcpy(last, r.messages, r.size);
  if (k->last != NULL) {
    free(k->last);
    close(k->held);
  }
  k->last = last;
  k->size = r.size;
  k->count = r.count;
  k->protocol = r.protocol;
  k->held = m->fds[0];
  m->nfds = 0;
}

/* How many bytes the kernel has said, of what is to be read. */
static size_t send_messages(const uint8_t *body, size_t size, bool reads, struct sj_netlink_answer *a) {
  struct sj_netlink_reply reply = {keeper.said, sizeof keeper.said, 0};
  struct sj_netlink_request r;
  errno = EPROTO;
  uint8_t *messages = sj_decode_netlink(body, size, &r) ? malloc(r.size) : NULL;
  if (messages == NULL) {
    (void)failed(a, "decode");
    return 0;
  }
  memcpy(messages, r.messages, r.size);
  bool good = true;
  for (uint32_t i = 0; good && i < r.patches; i++) {
    struct sj_patch patch = sj_decode_patch(&r, i);
    const struct kept *of = find(patch.space);
    good = of != NULL;
    if (good)
      memcpy(messages + patch.offset, &of->fd, sizeof of->fd);
  }
  errno = ESRCH;
  if (good)
    sj_send_netlink((int)r.protocol, messages, r.size, r.count, a, reads ? &reply : NULL);
  else
    (void)failed(a, "decode");
  free(messages);
  /* With EMSGSIZE: what there was room for. */
  return a->error == 0 || (a->error == EMSGSIZE && a->number == 0) ? reply.length : 0;
}

/* Which namespace's value a path names depends on who opens it. */
static void write_sysctl(const uint8_t *body, size_t size, struct sj_netlink_answer *a) {
  struct sj_sysctl_request r;
  char path[512];
  errno = EPROTO;
  if (!sj_decode_sysctl(body, size, &r) || snprintf(path, sizeof path, "sys/net/%s", r.path) >= (int)sizeof path) {
    (void)failed(a, "decode");
  } else if (sj_write_proc(keeper.proc, path, r.value) != 0) {
    (void)failed(a, "write");
    snprintf(a->text, sizeof a->text, "/proc/%.240s", path);
  }
}

/* Whether this process is in that namespace, which has to be kept. */
static bool enter_kept(uint64_t id, struct sj_netlink_answer *a) {
  const struct kept *k = find(id);
  if (k != NULL)
    return enter(k->fd, a);
  errno = ESRCH;
  (void)failed(a, "decode");
  return false;
}

static void carry_out(const struct sj_net_step *step, int *made, struct sj_netlink_answer *a) {
  if (step->type == SJ_NET_NEW)
    *made = keep(step->space, a);
  else if (!enter_kept(step->space, a))
    return;
  else if (step->type == SJ_NET_SYSCTL)
    write_sysctl(step->body, step->size, a);
  else
    (void)send_messages(step->body, step->size, false, a);
}

/* One after the other, up to the first that fails; how long its index is, which is said then. */
static size_t carry_out_all(const struct sj_message *m, int *made, struct sj_netlink_answer *a) {
  uint32_t count, i;
  struct sj_reader steps;
  errno = EPROTO;
  if (!sj_decode_steps(m->body, m->head.length, &count, &steps)) {
    (void)failed(a, "decode");
    return 0;
  }
  for (i = 0; i < count && a->error == 0; i++) {
    struct sj_net_step step = sj_next_step(&steps);
    carry_out(&step, made, a);
  }
  if (a->error == 0)
    return 0;
  *made = -1; /* kept all the same, until it is dropped */
  struct sj_writer w = {keeper.said, sizeof keeper.said, 0, false};
  sj_put_u32(&w, i - 1);
  return w.length;
}

/* A socket that is bound in the namespace that this process is in. */
static int bound(const struct sj_message *m, struct sj_netlink_answer *a) {
  const int on = 1;
  uint32_t length;
  errno = EPROTO;
  const uint8_t *given = sj_decode_socket(m->body, m->head.length, &length);
  if (given == NULL)
    return failed(a, "decode");
  struct sockaddr_storage address;
  memset(&address, 0, sizeof address);
  memcpy(&address, given, length);
  bool four = address.ss_family == AF_INET;
  int s = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return failed(a, "socket");
  if (setsockopt(s, four ? SOL_IP : SOL_IPV6, four ? IP_FREEBIND : IPV6_FREEBIND, &on, sizeof on) != 0)
    (void)failed(a, "setsockopt");
  else if (bind(s, (const struct sockaddr *)&address, length) != 0)
    (void)failed(a, "bind");
  if (a->error == 0)
    return s;
  close(s);
  return -1;
}

static int packet(const struct sj_message *m, struct sj_netlink_answer *a) {
  struct sj_packet_request r;
  const char *call = "decode";
  errno = EPROTO;
  int s = sj_decode_packet(m->body, m->head.length, &r) ? sj_packet_socket(&r, &call) : -1;
  return s >= 0 ? s : failed(a, call);
}

/* Nobody but Java talks to it, and it has nothing of what the keeper has. */
static void become_cable(int socket, pid_t parent) {
  prctl(PR_SET_NAME, "sandjar-cable", 0, 0, 0);
  const int keep[] = {0, 1, 2, socket};
  if (sj_close_others(keeper.proc, 0, keep, 4) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
    _exit(1);
  _exit(sj_cable(socket));
}

/* The end of its socket that is Java's. */
static int begin_cable(struct sj_netlink_answer *a) {
  int ends[2];
  pid_t self = getpid();
  if (!enter(keeper.home, a))
    return -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return failed(a, "socketpair");
  pid_t pid = fork();
  if (pid == 0)
    become_cable(ends[1], self);
  if (pid < 0) {
    (void)failed(a, "fork");
    close(ends[0]);
  }
  close(ends[1]);
  return pid < 0 ? -1 : ends[0];
}

/* Whether the answer brings a descriptor, which is not kept. */
static bool passes(uint16_t type) {
  return type == SJ_NET_SOCKET || type == SJ_NET_PACKET || type == SJ_NET_CABLE;
}

static bool is_known(uint16_t type) {
  return passes(type) || type == SJ_NET_SEND || type == SJ_NET_READ || type == SJ_NET_SYSCTL || type == SJ_NET_LAST;
}

static int made(const struct sj_message *m, struct sj_netlink_answer *a) {
  return m->head.type == SJ_NET_SOCKET ? bound(m, a) : m->head.type == SJ_NET_PACKET ? packet(m, a) : begin_cable(a);
}

/* False when Java takes no answers any more. */
static bool serve(struct sj_message *m) {
  struct sj_netlink_answer a;
  int given = -1;
  size_t said = 0;
  bool passed = passes(m->head.type);
  memset(&a, 0, sizeof a);
  if (m->head.type == SJ_NET_DROP) {
    drop(m->head.id);
    return true;
  }
  errno = EPROTO;
  if (m->head.type == SJ_NET_NEW)
    given = keep(m->head.id, &a);
  else if (m->head.type == SJ_NET_ALL)
    said = carry_out_all(m, &given, &a);
  else if (!is_known(m->head.type))
    (void)failed(&a, "decode");
  else if (!enter_kept(m->head.id, &a))
    ;
  else if (passed)
    given = made(m, &a);
  else if (m->head.type == SJ_NET_LAST)
    keep_last(m, find(m->head.id), &a);
  else if (m->head.type == SJ_NET_SYSCTL)
    write_sysctl(m->body, m->head.length, &a);
  else
    said = send_messages(m->body, m->head.length, m->head.type == SJ_NET_READ, &a);
  struct sj_netlink_answer home;
  memset(&home, 0, sizeof home);
  /* Who stayed would keep a network that is dropped. */
  if (!enter(keeper.home, &home))
    return false;
  bool told = answer(m->head.id, &a, said, given);
  if (passed && given >= 0)
    close(given);
  return told;
}

/* What it takes to make and enter network namespaces, and to change what is in them. */
static int keep_rights(struct sj_netlink_answer *a) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct has[2];
  memset(has, 0, sizeof has);
  if (syscall(SYS_capget, &head, has) != 0)
    return failed(a, "capget");
  /* Without the last one there are networks, but no packet sockets, which say so. */
  const uint32_t kept = 1u << CAP_SYS_ADMIN | 1u << CAP_NET_ADMIN | (has[0].permitted & 1u << CAP_NET_RAW);
  struct __user_cap_data_struct sets[2] = {{kept, kept, 0}, {0, 0, 0}};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failed(a, "prctl(PR_SET_NO_NEW_PRIVS)");
  if (syscall(SYS_capset, &head, sets) != 0)
    return failed(a, "capset");
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : failed(a, "prctl(PR_SET_DUMPABLE)");
}

/* A descriptor of the user namespace, -1 if it needs none, or a->error is set. */
static int own(int argc, char **argv, struct sj_netlink_answer *a) {
  static const char *const steps[] = {"", "fork", "unshare(CLONE_NEWUSER)", "map ids"};
  if (argc == 0)
    return -1;
  int64_t step = sj_enter_user_namespace(keeper.proc, argc, argv);
  if (step != 0) {
    a->error = (int)(step & 0xffff);
    a->call = steps[step >> 16 & 3];
    return -1;
  }
  int fd = openat(keeper.proc, "self/ns/user", O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : failed(a, "open");
}

int sj_keep(int socket, int proc, int argc, char **argv) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_netlink_answer a;
  struct sj_message m;
  memset(&a, 0, sizeof a);
  prctl(PR_SET_NAME, "sandjar-keeper", 0, 0, 0);
  keeper.java = socket;
  keeper.proc = proc;
  int owner = own(argc, argv, &a);
  (void)signal(SIGCHLD, SIG_IGN); /* who has ended leaves nothing to wait for */
  if (a.error == 0)
    keeper.home = new_network(&a);
  if (a.error == 0)
    (void)keep_rights(&a);
  if (!answer(0, &a, 0, a.error == 0 ? owner : -1) || a.error != 0)
    return 1;
  if (owner >= 0)
    close(owner);
  for (;;) {
    enum sj_received got = sj_receive(socket, buffer, &m);
    bool served = got == SJ_GOT_MESSAGE && serve(&m);
    sj_free_message(&m);
    if (!served) {
      for (size_t i = 0; i < keeper.count; i++)
        end_kept(&keeper.kept[i]);
      return got == SJ_GOT_END ? 0 : 1;
    }
  }
}
