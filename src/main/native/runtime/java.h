/* The command that starts Java: a file with one word a line. */
#ifndef SJ_RUNTIME_JAVA_H
#define SJ_RUNTIME_JAVA_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { SJ_JAVA_WORDS_MAX = 256 };

struct sj_java {
  const char *words[SJ_JAVA_WORDS_MAX + 4]; /* without those that a request adds */
  unsigned n;
  char file[PATH_MAX]; /* where they are from */
  char *archive;       /* of classes, which this run is to make; NULL for none */
  char *unfinished;    /* as it is called until it has them all */
  int lock;
};

/*
 * Reads it: from the file that SANDJAR_OCI_JAVA_ARGS names, else beside this program, else /usr/lib/sandjar/java.args. Words that begin
 * with ./ are below the directory of the file, a program without a directory is looked for where programs are, and "@archive" is
 * whatever has Java use an archive of classes, or make it. 0, or -1 after sj_error.
 */
int sj_java_read(struct sj_java *java);
/* After the run: keeps the archive that it has made. `good` if the run ended well. */
void sj_java_end(struct sj_java *java, bool good);

/* For what runs long, or loads what others do not need: such a run makes no archive. */
void sj_java_without_archive(struct sj_java *java);

/* What "@archive" becomes (archive.c); NULL for nothing. */
const char *sj_archive_word(struct sj_java *java);

#endif
