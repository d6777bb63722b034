/*
 * Programs that take more than their share, for tests of limits: bomb WHAT [ARGUMENT ...]. Static, so that it runs in any root.
 *
 * What ends by itself exits with 0 and says on standard output how far it came; so does what the kernel refused more, with the name
 * of the error. Sizes are in MiB, times in milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024L * 1024L)

static char block[MIB];

/* Unbuffered: what was said before a kill has been said. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (write(1, text, (size_t) n) != n)
        _exit(3);
}

static const char *error_name(void)
{
    switch (errno) {
    case EAGAIN:
        return "EAGAIN";
    case ENOMEM:
        return "ENOMEM";
    case ENOSPC:
        return "ENOSPC";
    case EMFILE:
        return "EMFILE";
    case ENFILE:
        return "ENFILE";
    case EPERM:
        return "EPERM";
    case ENOBUFS:
        return "ENOBUFS";
    case EFBIG:
        return "EFBIG";
    default:
        return strerror(errno);
    }
}

/* The kernel refused: that is containment too. */
static int refused(const char *call, long reached)
{
    say("%ld %s %s\n", reached, call, error_name());
    return 0;
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_for(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void all_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* ---------------------------------------------------------------- processes and threads */

/* Every process that there is goes on forking. */
static _Noreturn void fork_bomb(void)
{
    for (;;)
        if (fork() < 0)
            sched_yield();
}

/* So many children at the same time, which all wait. */
static int forks(long wanted)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    long made = 0;
    for (; made < wanted; made++) {
        pid_t child = fork();
        if (child < 0)
            return refused("fork", made);
        if (child == 0) {
            char byte;
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
        }
    }
    say("%ld\n", made);
    close(ends[1]);
    while (wait(NULL) > 0)
        ;
    return 0;
}

static void *wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static int threads(long wanted)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN + 8192);
    for (long made = 0; made < wanted; made++) {
        pthread_t thread;
        errno = pthread_create(&thread, &attributes, wait_for_ever, NULL);
        if (errno != 0)
            return refused("pthread_create", made + 1);
    }
    say("%ld\n", wanted + 1);
    return 0;
}

/* Daemons as they are made by the book: in a session of their own, their parent gone. */
static int daemons(long count, int stay)
{
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0)
            return refused("fork", i);
        if (child == 0) {
            setsid();
            if (fork() == 0) {
                close(0);
                close(1);
                close(2);
                for (;;)
                    pause();
            }
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    say("%ld\n", count);
    while (stay)
        pause();
    return 0;
}

/* Nobody waits for any of the children, so that no parent's rusage has their time. */
static int short_lived(long total)
{
    signal(SIGCHLD, SIG_IGN);
    for (long done = 0; done < total; done += 10) {
        pid_t child = fork();
        if (child < 0)
            return refused("fork", done);
        if (child == 0) {
            int64_t end = milliseconds(CLOCK_PROCESS_CPUTIME_ID) + 10;
            while (milliseconds(CLOCK_PROCESS_CPUTIME_ID) < end)
                ;
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    say("%ld\n", total);
    return 0;
}

/* ---------------------------------------------------------------- time */

static int64_t spin_end;

static void *spin_to_the_end(void *unused)
{
    while (milliseconds(CLOCK_MONOTONIC) < spin_end)
        ;
    return unused;
}

/* Says how much CPU time it got, and in what time. */
static int spin(long time, long count)
{
    int64_t begin = milliseconds(CLOCK_MONOTONIC);
    spin_end = begin + time;
    for (long i = 1; i < count; i++) {
        pthread_t thread;
        errno = pthread_create(&thread, NULL, spin_to_the_end, NULL);
        if (errno != 0)
            return refused("pthread_create", i);
    }
    spin_to_the_end(NULL);
    say("%ld %ld\n", (long) milliseconds(CLOCK_PROCESS_CPUTIME_ID), (long) (milliseconds(CLOCK_MONOTONIC) - begin));
    return 0;
}

static _Noreturn void tick(long every)
{
    for (;;) {
        say(".");
        pause_for(every);
    }
}

/* ---------------------------------------------------------------- memory */

static int grow(long wanted)
{
    for (long done = 0; done < wanted; done++) {
        char *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return refused("mmap", done);
        /* By pages: how far it came is what the limit is measured by. */
        memset(memory, 1, MIB);
        say("%ld\n", done + 1);
    }
    return 0;
}

static int hold(long wanted)
{
    int result = grow(wanted);
    for (;;)
        pause();
    return result;
}

static int in_a_child(long wanted, int stay)
{
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0)
        _exit(grow(wanted));
    int status = 0;
    waitpid(child, &status, 0);
    say("child %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    while (stay)
        pause();
    return 0;
}

static int fill(int fd, long wanted)
{
    if (fd < 0)
        return refused("open", 0);
    for (long done = 0; done < wanted; done++) {
        ssize_t n = write(fd, block, MIB);
        if (n < 0)
            return refused("write", done);
        if (n < MIB)
            done--;
        say("%ld\n", done + 1);
    }
    return 0;
}

static int fill_file(const char *path, long wanted)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    unlink(path);
    return fill(fd, wanted);
}

static int shared_memory(long wanted)
{
    int id = shmget(IPC_PRIVATE, (size_t) (wanted * MIB), IPC_CREAT | 0600);
    if (id < 0)
        return refused("shmget", 0);
    char *memory = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    for (long done = 0; done < wanted; done++) {
        memset(memory + done * MIB, 1, MIB);
        say("%ld\n", done + 1);
    }
    return 0;
}

/* Writes and reads much more than the limit, of which nothing has to stay in memory. */
static int churn(const char *path, long size, long rounds)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return refused("open", 0);
    unlink(path);
    for (long round = 0; round < rounds; round++) {
        for (long i = 0; i < size; i++)
            if (pwrite(fd, block, MIB, i * MIB) != MIB)
                return refused("pwrite", i);
        for (long i = 0; i < size; i++)
            if (pread(fd, block, MIB, i * MIB) != MIB)
                return refused("pread", i);
    }
    say("%ld\n", size * rounds);
    return 0;
}

/* ---------------------------------------------------------------- memory of the kernel */

static void fill_up(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (write(fd, block, MIB) > 0)
        ;
}

/* As many processes as it takes, because each can open only so many descriptors. */
static int everywhere(int (*flood)(void))
{
    all_descriptors();
    for (int i = 0; i < 8; i++) {
        pid_t child = fork();
        if (child < 0)
            return refused("fork", i);
        if (child == 0) {
            flood();
            for (;;)
                pause();
        }
    }
    for (;;)
        pause();
}

static int pipes(void)
{
    for (long made = 0;; made++) {
        int ends[2];
        if (pipe(ends) != 0)
            return refused("pipe", made);
        fcntl(ends[1], F_SETPIPE_SZ, MIB);
        fill_up(ends[1]);
    }
}

static int sockets(void)
{
    int size = 4 * 1024 * 1024;
    for (long made = 0;; made++) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            return refused("socketpair", made);
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        fill_up(ends[0]);
        fill_up(ends[1]);
    }
}

/* Each is a write that has to reach the disk before the next. */
static int fsyncs(void)
{
    int file = open("fsync", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        return refused("open", 0);
    for (long made = 1;; made++) {
        if (pwrite(file, block, 4096, (made % 100) * 4096) != 4096 || fsync(file) != 0)
            return refused("fsync", made);
        printf("%ld\n", made);
        fflush(stdout);
    }
}

/* Each queue holds 16384 events that nobody reads; two kinds in turn, or they would be one. */
static int inotifies(void)
{
    char directory[] = "/tmp/bomb-XXXXXX";
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return refused("mkdtemp", 0);
    int file = open("x", O_RDWR | O_CREAT, 0600);
    unlink("x");
    rmdir(directory);
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (long made = 0;; made++) {
        int queue = inotify_init1(IN_NONBLOCK);
        if (queue < 0)
            return refused("inotify_init", made);
        if (inotify_add_watch(queue, path, IN_ALL_EVENTS) < 0)
            return refused("inotify_add_watch", made);
        for (int i = 0; i < 9000; i++)
            if (pwrite(file, "x", 1, 0) != 1 || pread(file, block, 1, 0) != 1)
                return refused("pwrite", made);
    }
}

static int epolls(void)
{
    int watched[256];
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        watched[i] = eventfd(0, 0);
        if (watched[i] < 0)
            return refused("eventfd", (long) i);
    }
    for (long made = 0;; made++) {
        int set = epoll_create1(0);
        if (set < 0)
            return refused("epoll_create", made);
        for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
            struct epoll_event event = {.events = EPOLLIN};
            if (epoll_ctl(set, EPOLL_CTL_ADD, watched[i], &event) != 0)
                return refused("epoll_ctl", made);
        }
    }
}

/* ---------------------------------------------------------------- output and ends */

static int flood(long wanted, int both)
{
    memset(block, 'x', sizeof block);
    for (long done = 0; wanted < 0 || done < wanted; done++) {
        for (long left = MIB; left > 0;) {
            ssize_t n = write(both && done % 2 == 1 ? 2 : 1, block, (size_t) (left < 65536 ? left : 65536));
            if (n < 0)
                return 4;
            left -= n;
        }
    }
    return 0;
}

static _Noreturn void silent(void)
{
    close(0);
    close(1);
    close(2);
    for (;;)
        pause();
}

static void say_goodbye(int signal_number)
{
    say("%d\n", signal_number);
    _exit(0);
}

static _Noreturn void polite(void)
{
    signal(SIGTERM, say_goodbye);
    say("ready\n");
    for (;;)
        pause();
}

static _Noreturn void stubborn(void)
{
    signal(SIGTERM, SIG_IGN);
    say("ready\n");
    for (;;)
        pause();
}

static long number(char **arguments, int place)
{
    for (int i = 0; i <= place; i++)
        if (arguments[i] == NULL)
            exit(2);
    return strtol(arguments[place], NULL, 10);
}

/* ---------------------------------------------------------------- what the kernel counts by user */

static int take_inotify(void)
{
    return inotify_init1(IN_CLOEXEC);
}

static int take_signal(void)
{
    union sigval value = {0};
    return sigqueue(getpid(), SIGRTMIN + 1, value);
}

static int take_timer(void)
{
    timer_t timer;
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    return timer_create(CLOCK_MONOTONIC, &none, &timer);
}

/* Its name goes at once, so that the queue does not outlive this process. */
static int take_queue(void)
{
    struct mq_attr wanted = {.mq_maxmsg = 8, .mq_msgsize = 8192};
    char name[64];
    snprintf(name, sizeof name, "/bomb-%d", (int) getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &wanted);
    if (queue != (mqd_t) -1)
        mq_unlink(name);
    return (int) queue;
}

/* On its way for good: nobody receives it. */
static int take_flight(void)
{
    static int pair[2], left;
    char byte = 0;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (left == 0 && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) != 0)
        return -1;
    left = left == 0 ? 8 : left;
    memset(&control, 0, sizeof control);
    control.head = (struct cmsghdr) {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &pair[1], sizeof(int));
    left--;
    return sendmsg(pair[0], &message, 0) < 0 ? -1 : 0;
}

static int take_terminal(void)
{
    return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Takes what it can get, at most so much, says how much, and holds it until its input ends. */
static int take(const char *what, long most)
{
    static const struct {
        const char *name;
        int (*take)(void);
    } all[] = {{"inotify", take_inotify}, {"signals", take_signal},     {"timers", take_timer},
               {"queues", take_queue},    {"terminals", take_terminal},
               {"flights", take_flight}};
    sigset_t signals;
    struct rlimit files;
    long n = 0;
    char byte;
    sigfillset(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, what) == 0)
            while (n < most && all[i].take() >= 0)
                n++;
    say("%ld %s\n", n, n < most ? error_name() : "enough");
    return read(0, &byte, 1) < 0 ? 1 : 0;
}

/* Fills buffers of so many sockets that nobody reads from, and says how much went in, in KiB. */
static int take_buffers(int type, long sockets)
{
    static char data[50000];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int64_t total = 0;
    char byte;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server, (struct sockaddr *) &at, length) != 0 || listen(server, 1024) != 0
        || getsockname(server, (struct sockaddr *) &at, &length) != 0)
        return refused("loopback", 0);
    for (long i = 0; i < sockets; i++) {
        struct sockaddr_in to = at;
        int receiver = -1, sender = socket(AF_INET, type | SOCK_NONBLOCK, 0);
        if (type == SOCK_DGRAM) {
            to.sin_port = 0;
            receiver = socket(AF_INET, type, 0);
            if (bind(receiver, (struct sockaddr *) &to, length) != 0 || getsockname(receiver, (struct sockaddr *) &to, &length) != 0)
                break;
        }
        if (sender < 0 || (connect(sender, (struct sockaddr *) &to, length) != 0 && errno != EINPROGRESS))
            break;
        ssize_t n;
        int64_t before = total;
        /* What does not fit is dropped by UDP, and refused by TCP. */
        for (int k = 0; (type == SOCK_STREAM || k < 4) && (n = write(sender, data, sizeof data)) > 0; k++)
            total += n;
        if (total == before)
            break;
    }
    say("%lld KiB\n", (long long) total / 1024);
    return read(0, &byte, 1) < 0 ? 1 : 0;
}

/* ---------------------------------------------------------------- links in place of what was just made */

enum { NAMES = 40, TRIES = 300, QUIET_MS = 8 };

/* Whatever has become of x0, x1 and so on: to be made anew. */
static void clear_away(unsigned *count)
{
    char name[32], away[32];
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "x%d", i);
        snprintf(away, sizeof away, "t%u", *count);
        if (unlink(name) != 0 && errno != ENOENT && rename(name, away) == 0)
            (*count)++;
    }
}

/* As soon as somebody makes x0, x1 and so on, one after another, puts a link there instead; for so long. */
static int put_links(const char *directory, const char *target, long ms)
{
    int64_t end = milliseconds(CLOCK_MONOTONIC) + ms, last = milliseconds(CLOCK_MONOTONIC);
    unsigned count = 0;
    int next = 0;
    if (chdir(directory) != 0 || symlink(target, "link") != 0)
        return 1;
    while (milliseconds(CLOCK_MONOTONIC) < end) {
        char name[32], away[32];
        snprintf(name, sizeof name, "x%d", next);
        for (int i = 0; i < TRIES; i++) {
            if (syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, "link", 2 /* RENAME_EXCHANGE */) != 0)
                continue;
            struct stat st;
            next = (next + 1) % NAMES;
            if (lstat("link", &st) != 0 || !S_ISDIR(st.st_mode))
                break; /* there was a link already */
            snprintf(away, sizeof away, "t%u", count++);
            if (rename("link", away) != 0 || symlink(target, "link") != 0)
                return 1;
            last = milliseconds(CLOCK_MONOTONIC);
            break;
        }
        if (milliseconds(CLOCK_MONOTONIC) - last > QUIET_MS) {
            clear_away(&count);
            next = 0;
            last = milliseconds(CLOCK_MONOTONIC);
        }
    }
    return 0;
}

/* Says that its command line is of so many MiB, in memory that nobody has. */
static int vast_command_line(long mib)
{
    size_t size = (size_t)mib * (size_t)MIB;
    void *room = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return refused("mmap", 0);
    uint64_t start = (uint64_t)(uintptr_t)room;
    uint64_t end = start + size;
    uint64_t brk = (uint64_t)(uintptr_t)sbrk(0);
    struct prctl_mm_map map = {
        .start_code = start,
        .end_code = end,
        .start_data = start,
        .end_data = start,
        .start_brk = brk,
        .brk = brk,
        .start_stack = start,
        .arg_start = start,
        .arg_end = end,
        .env_start = start,
        .env_end = start,
        .exe_fd = (uint32_t)-1,
    };
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
        return refused("prctl", 0);
    say("%ld\n", mib);
    for (;;)
        pause();
}

static int run(const char *what, char **arguments)
{
    if (strcmp(what, "fork") == 0)
        fork_bomb();
    if (strcmp(what, "forks") == 0)
        return forks(number(arguments, 0));
    if (strcmp(what, "threads") == 0)
        return threads(number(arguments, 0));
    if (strcmp(what, "daemons") == 0)
        return daemons(number(arguments, 0), 0);
    if (strcmp(what, "daemons-and-stay") == 0)
        return daemons(number(arguments, 0), 1);
    if (strcmp(what, "short-lived") == 0)
        return short_lived(number(arguments, 0));
    if (strcmp(what, "spin") == 0)
        return spin(number(arguments, 0), number(arguments, 1));
    if (strcmp(what, "tick") == 0)
        tick(number(arguments, 0));
    if (strcmp(what, "grow") == 0)
        return grow(number(arguments, 0));
    if (strcmp(what, "hold") == 0)
        return hold(number(arguments, 0));
    if (strcmp(what, "child") == 0)
        return in_a_child(number(arguments, 0), 0);
    if (strcmp(what, "child-and-stay") == 0)
        return in_a_child(number(arguments, 0), 1);
    if (strcmp(what, "memfd") == 0)
        return fill(memfd_create("bomb", MFD_CLOEXEC), number(arguments, 0));
    if (strcmp(what, "file") == 0)
        return fill_file(arguments[0], number(arguments, 1));
    if (strcmp(what, "shm") == 0)
        return shared_memory(number(arguments, 0));
    if (strcmp(what, "churn") == 0)
        return churn(arguments[0], number(arguments, 1), number(arguments, 2));
    if (strcmp(what, "fsync") == 0)
        return fsyncs();
    if (strcmp(what, "pipes") == 0)
        return everywhere(pipes);
    if (strcmp(what, "sockets") == 0)
        return everywhere(sockets);
    if (strcmp(what, "inotify") == 0)
        return everywhere(inotifies);
    if (strcmp(what, "epoll") == 0)
        return everywhere(epolls);
    if (strcmp(what, "flood") == 0)
        return flood(number(arguments, 0), 0);
    if (strcmp(what, "flood-both") == 0)
        return flood(number(arguments, 0), 1);
    if (strcmp(what, "silent") == 0)
        silent();
    if (strcmp(what, "polite") == 0)
        polite();
    if (strcmp(what, "stubborn") == 0)
        stubborn();
    if (strcmp(what, "put-links") == 0)
        return put_links(arguments[0], arguments[1], number(arguments, 2));
    if (strcmp(what, "command-line") == 0)
        return vast_command_line(number(arguments, 0));
    if (strcmp(what, "take") == 0)
        return take(arguments[0], number(arguments, 1));
    if (strcmp(what, "take-tcp") == 0)
        return take_buffers(SOCK_STREAM, number(arguments, 0));
    if (strcmp(what, "take-udp") == 0)
        return take_buffers(SOCK_DGRAM, number(arguments, 0));
    if (strcmp(what, "exit") == 0)
        return (int) number(arguments, 0);
    return 2;
}

int main(int count, char **arguments)
{
    return count < 2 ? 2 : run(arguments[1], arguments + 2);
}
