/*
 * Counts what of the kernel a sandbox leaves in reach, and weighs it as a scanner of containers would: exposure NUMBER... tries the calls
 * of these numbers, each in a child and with arguments that none of them can do anything with. Lines "name value" follow, of which the
 * last is the score. Static, so that it runs in any root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MILLISECONDS = 300, UNBOUNDED_PROCESSES = 16384 };

/* What a program without privileges would have found out by calling it: that it is there. */
static bool refused(int error)
{
    return error == EPERM || error == ENOSYS;
}

/* Waits for its end, but not for long: SIGCHLD is blocked, and one may be left of an earlier child. */
static bool ended(pid_t pid, int *status)
{
    sigset_t chld;
    struct timespec now, step = {0, MILLISECONDS * 1000000L / 4};
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long limit = now.tv_sec * 1000LL + now.tv_nsec / 1000000 + MILLISECONDS;
    while (waitpid(pid, status, WNOHANG) == 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec * 1000LL + now.tv_nsec / 1000000 > limit)
            return false;
        (void) sigtimedwait(&chld, NULL, &step);
    }
    return true;
}

/* A child that never comes back from the call has reached it, and so has one that it ends. */
static bool reachable(long number)
{
    int pair[2], status = 0, error = -1;
    if (pipe(pair) != 0)
        exit(2);
    pid_t pid = fork();
    if (pid < 0)
        exit(2);
    if (pid == 0) {
        /* Calls that make processes have a group to end, those that wait have an end. */
        struct itimerval end = {{0, 0}, {0, MILLISECONDS * 1000L}};
        setpgid(0, 0);
        setitimer(ITIMER_REAL, &end, NULL); /* where nothing may be killed */
        pid_t me = getpid();
        long result = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
        error = result == -1 ? errno : 0;
        if (getpid() != me)
            _exit(0);
        if (write(pair[1], &error, sizeof error) != sizeof error)
            _exit(2);
        _exit(0);
    }
    close(pair[1]);
    if (!ended(pid, &status)) {
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    kill(-pid, SIGKILL);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    ssize_t n = read(pair[0], &error, sizeof error);
    close(pair[0]);
    if (n == sizeof error)
        return !refused(error);
    return !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int socket_of(int family, int type)
{
    int fd = socket(family, type, 0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int readable(const char *path)
{
    char byte;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = fd >= 0 && read(fd, &byte, 1) == 1;
    if (fd >= 0)
        close(fd);
    return result;
}

static int points(const char *name, int value, int weight)
{
    printf("%s %d\n", name, value);
    return value ? weight : 0;
}

int main(int argc, char **argv)
{
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    signal(SIGTTOU, SIG_IGN);
    struct rlimit processes, core;
    if (getrlimit(RLIMIT_NPROC, &processes) != 0 || getrlimit(RLIMIT_CORE, &core) != 0)
        return 2;
    int score = 0;
    score += points("unbounded-processes", processes.rlim_cur >= UNBOUNDED_PROCESSES, 3);
    score += points("core-files", core.rlim_cur > 0, 1);
    score += points("internet-sockets", socket_of(AF_INET, SOCK_STREAM), 1);
    score += points("netlink-route", socket_of(AF_NETLINK, SOCK_RAW), 1);
    score += points("kernel-symbols", readable("/proc/kallsyms"), 1);
    /* Where no process can be made no call can be tried, and few enough are there. */
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0) {
        printf("processes 0\nscore %d\n", score + 4);
        return 0;
    }
    waitpid(pid, NULL, 0);
    int calls = 0;
    bool rare = false;
    for (int i = 1; i < argc; i++) {
        long number = atol(argv[i]);
        bool there = reachable(number);
        calls += there;
#ifdef SYS_memfd_secret
        rare |= there && number == SYS_memfd_secret;
#endif
        rare |= there && (number == SYS_remap_file_pages || number == SYS_vmsplice);
        if (there && getenv("EXPOSURE_NAMES") != NULL)
            printf("call %ld\n", number);
    }
    score += points("rare-calls", rare, 1);
    printf("calls %d\n", calls);
    score += calls > 230 ? 6 : calls > 180 ? 5 : 4;
    printf("score %d\n", score);
    return 0;
}
