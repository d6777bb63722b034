/*
 * The other use of this program: single calls on files, in a user namespace where a plain user has its subordinate ids
 * (subuid(5)) and so may give files to them, and change and remove what belongs to them. Decides nothing: which call on which
 * directory comes from Java, with the directory's descriptor.
 */
#ifndef SJ_FILES_FILES_H
#define SJ_FILES_FILES_H

/*
 * `proc` is a procfs. Arguments: as sj_enter_user_namespace() takes them. First sends SJ_FILE_DONE with 0 or with what
 * failed, then answers SJ_FILE until `socket` ends. Returns the exit status.
 *
 * `dir` is the first descriptor of a message, `dir2` the second; ids are those inside.
 *   OPEN          openat2(dir, name, flags num[0], mode num[1], resolve num[2])
 *   MKDIR         mkdirat(dir, name, num[0])
 *   MKNOD         mknodat(dir, name, num[0], device num[1])
 *   CHOWN         fchownat(dir, name, num[0], num[1], AT_SYMLINK_NOFOLLOW)
 *   UNLINK        unlinkat(dir, name, num[0])
 *   LINK          linkat(dir2, other, dir, name, 0)
 *   SYMLINK       symlinkat(other, dir, name)
 *   READLINK      readlinkat(dir, name)
 *   CHMOD         fchmodat(dir, name, num[0]); with an empty name fchmod(dir, num[0])
 *   TIMES         utimensat(dir, name, both num[0] seconds and num[1] nanoseconds, AT_SYMLINK_NOFOLLOW)
 *   RENAME        renameat2(dir, name, dir2, other, num[0])
 *   STAT          statx(dir, name, flags num[0], mask num[1])
 *   SET_ATTRIBUTE lsetxattr(name in dir, other, value); no slash in name
 *   ATTRIBUTE     lgetxattr(name in dir, other)
 *   ATTRIBUTES    llistxattr(name in dir)
 *   ATTRIBUTE_OF  fgetxattr(dir, other)
 */
int sj_files(int socket, int proc, int argc, char **argv);

#endif
