/*
 * Writes down all that a program can learn of where it runs, and leaves files of many kinds behind: scribe. Static, so that it runs in
 * any root. In a hermetic sandbox it does the same on every machine.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static FILE *report;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The names in a directory with types and permissions; sizes and times of directories are the file system's. */
static void list(const char *path)
{
    char *names[256];
    int count = 0;
    DIR *directory = opendir(path);
    fprintf(report, "%s:\n", path);
    if (directory == NULL) {
        fprintf(report, "  absent\n");
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && count < 256)
        names[count++] = strdup(entry->d_name);
    qsort(names, (size_t) count, sizeof *names, by_name);
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (fstatat(dirfd(directory), names[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
            fprintf(report, "  %s %o %u %u %ld\n", names[i], st.st_mode, st.st_uid, st.st_gid,
                    S_ISREG(st.st_mode) ? (long) st.st_size : 0);
        free(names[i]);
    }
    closedir(directory);
}

static void copy(const char *path)
{
    char text[4096];
    FILE *file = fopen(path, "r");
    size_t n = file == NULL ? 0 : fread(text, 1, sizeof text, file);
    fprintf(report, "%s:\n%.*s\n", path, (int) n, text);
    if (file != NULL)
        fclose(file);
}

static void clocks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fprintf(report, "monotonic hours %ld\n", now.tv_sec / 3600);
    clock_gettime(CLOCK_BOOTTIME, &now);
    fprintf(report, "boottime hours %ld\n", now.tv_sec / 3600);
}

static void limits(void)
{
    const int which[] = {RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_FSIZE, RLIMIT_CORE};
    for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
        struct rlimit limit;
        getrlimit(which[i], &limit);
        fprintf(report, "limit %d %ld %ld\n", which[i], (long) limit.rlim_cur, (long) limit.rlim_max);
    }
}

static void surroundings(void)
{
    struct utsname name;
    char directory[4096];
    cpu_set_t cpus;
    uname(&name);
    fprintf(report, "ids %u %u %u %u\n", getuid(), geteuid(), getgid(), getegid());
    fprintf(report, "names %s %s\n", name.nodename, name.domainname);
    fprintf(report, "directory %s\n", getcwd(directory, sizeof directory));
    sched_getaffinity(0, sizeof cpus, &cpus);
    fprintf(report, "processors %d\n", CPU_COUNT(&cpus));
    mode_t mask = umask(0);
    umask(mask);
    fprintf(report, "umask %o\n", mask);
    for (char **variable = environ; *variable != NULL; variable++)
        fprintf(report, "%s\n", *variable);
    clocks();
    limits();
    list("/");
    list("/etc");
    list("/work");
    list("/tmp");
    list("/home");
    copy("/etc/passwd");
    copy("/etc/group");
    copy("/etc/hosts");
    copy("/etc/nsswitch.conf");
    copy("/proc/uptime");
    copy("/proc/cpuinfo");
}

static void write_file(const char *path, unsigned seed, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        char byte = (char) (seed >> 16);
        if (write(fd, &byte, 1) != 1)
            exit(3);
    }
    fchmod(fd, mode);
    close(fd);
}

int main(void)
{
    report = fopen("report", "w");
    if (report == NULL)
        return 2;
    surroundings();
    fclose(report);
    mkdir("kinds", 0750);
    write_file("kinds/block", 1, 5000, 0640);
    write_file("kinds/empty", 2, 0, 0604);
    write_file("kinds/secret", 3, 9, 0);
    write_file("kinds/program", 4, 30, 06755);
    write_file("kinds/\xff\n\\name", 5, 1, 0600);
    mkdir("kinds/closed", 0700);
    write_file("kinds/closed/inner", 6, 7, 0600);
    chmod("kinds/closed", 0);
    mkdir("kinds/sticky", 0700);
    chmod("kinds/sticky", 01777);
    if (symlink("/etc/passwd", "kinds/link") != 0 || mkfifo("kinds/pipe", 0600) != 0)
        return 4;
    if (unlink("/etc/hostname") != 0)
        return 5;
    write_file("/etc/hosts", 7, 20, 0644);
    chmod("/etc/group", 0600);
    rename("/etc/nsswitch.conf", "/etc/moved");
    write_file("/top", 8, 3, 0600);
    puts("written");
    return 0;
}
