/* Journals what a process does to the files under CUT_ROOT, in order, into CUT_JOURNAL.

   With CUT_ONLY, of those with this in their path, and of folders. In a folder CUT_FAULTS, a file
   "full" has the disk be full (ENOSPC from each write to such a file), and a file "broken" has each
   flush of one fail (EIO), for as long as it is there.

   A record: one byte for what happened, then path, other path (each with its length), the inode,
   an offset, and the bytes (with their length). Each is one write to a file opened for appending,
   so the records of several processes and threads lie one after the other. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static const char *root, *only, *faults;
static ssize_t (*real_write)(int, const void *, size_t);

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    root = getenv("CUT_ROOT");
    only = getenv("CUT_ONLY");
    faults = getenv("CUT_FAULTS");
    const char *path = getenv("CUT_JOURNAL");
    if (path) journal = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int ours(const char *path) {
    return journal >= 0 && root && !strncmp(path, root, strlen(root)) && !strstr(path, "-shm") &&
           (!only || strstr(path, only));
}

static int is_directory(const char *path) {
    struct stat status;
    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int struck_by(const char *fault) {
    char path[4096];
    if (!faults) return 0;
    snprintf(path, sizeof path, "%s/%s", faults, fault);
    return !access(path, F_OK);
}

/* The path of an open file of ours, or 0. */
static int path_of(int fd, char *path) {
    char link[40];
    if (journal < 0 || fd == journal) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length <= 0) return 0;
    path[length] = 0;
    if (only && root && !strncmp(path, root, strlen(root)) && is_directory(path)) return 1;
    return ours(path);
}

static void note(char kind, const char *path, const char *other, uint64_t inode, uint64_t offset,
                 const void *bytes, uint64_t length) {
    uint16_t first = strlen(path), second = strlen(other);
    struct iovec parts[] = {
        {&kind, 1}, {&first, 2}, {(void *)path, first}, {&second, 2}, {(void *)other, second},
        {&inode, 8}, {&offset, 8}, {&length, 8}, {(void *)bytes, length},
    };
    if (writev(journal, parts, 9) < 0) abort();
}

static uint64_t inode_of(int fd) {
    struct stat status;
    return fstat(fd, &status) ? 0 : status.st_ino;
}

static void note_name(char kind, const char *path, const char *other) {
    struct stat status;
    uint64_t inode = stat(kind == 'L' ? other : path, &status) ? 0 : status.st_ino;
    note(kind, path, other, inode, 0, "", 0);
}

static int opened(int fd, const char *path, int existed) {
    char whole[4096];
    if (fd >= 0 && !existed && path_of(fd, whole)) note('C', whole, "", inode_of(fd), 0, "", 0);
    (void)path;
    return fd;
}

#define OPEN(name)                                                                              \
    int name(const char *path, int flags, ...) {                                                \
        mode_t mode = 0;                                                                        \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                    \
            va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest);     \
        }                                                                                       \
        int existed = !(flags & O_CREAT) || !access(path, F_OK);                                \
        return opened(REAL(name)(path, flags, mode), path, existed);                            \
    }
OPEN(open)
OPEN(open64)

#define WRITTEN(kind, call, offset_known)                                                       \
    char path[4096];                                                                            \
    if (!path_of(fd, path)) return call;                                                        \
    if (struck_by("full")) { errno = ENOSPC; return -1; }                                       \
    pthread_mutex_lock(&turn);                                                                  \
    uint64_t at = offset_known;                                                                 \
    ssize_t done = call;                                                                        \
    if (done > 0) note('W', path, "", inode_of(fd), at, bytes, done);                           \
    pthread_mutex_unlock(&turn);                                                                \
    return done;

ssize_t write(int fd, const void *bytes, size_t length) {
    WRITTEN('W', real_write(fd, bytes, length), lseek(fd, 0, SEEK_CUR))
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    WRITTEN('W', REAL(pwrite)(fd, bytes, length, offset), offset)
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    WRITTEN('W', REAL(pwrite64)(fd, bytes, length, offset), offset)
}

/* One part after the other: what is written in part may be so. */
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    ssize_t whole = 0;
    for (int part = 0; part < count; part++) {
        ssize_t done = pwrite64(fd, parts[part].iov_base, parts[part].iov_len, offset + whole);
        if (done < 0) return whole ? whole : done;
        whole += done;
        if ((size_t)done < parts[part].iov_len) break;
    }
    return whole;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return pwritev64(fd, parts, count, offset);
}

/* What was written before a flush began is safe after it ended: the note of its beginning says
   what it covers, that of its end that it does. */
#define FLUSHED(call)                                                                           \
    char path[4096];                                                                            \
    if (!path_of(fd, path)) return call;                                                        \
    uint64_t inode = inode_of(fd);                                                              \
    static __thread uint64_t count;                                                             \
    uint64_t mark = ((uint64_t)gettid() << 32) | ++count;                                       \
    note('B', path, "", inode, mark, "", 0);                                                    \
    if (struck_by("broken")) { errno = EIO; return -1; }                                        \
    int failed = call;                                                                          \
    if (!failed) note(is_directory(path) ? 'D' : 'F', path, "", inode, mark, "", 0);                                     \
    return failed;

int fsync(int fd) { FLUSHED(REAL(fsync)(fd)) }
int fdatasync(int fd) { FLUSHED(REAL(fdatasync)(fd)) }

#define CUT_OFF(name, type)                                                                     \
    int name(int fd, type length) {                                                             \
        char path[4096];                                                                        \
        if (!path_of(fd, path)) return REAL(name)(fd, length);                                  \
        pthread_mutex_lock(&turn);                                                              \
        int failed = REAL(name)(fd, length);                                                    \
        if (!failed) note('T', path, "", inode_of(fd), length, "", 0);                          \
        pthread_mutex_unlock(&turn);                                                            \
        return failed;                                                                          \
    }
CUT_OFF(ftruncate, off_t)
CUT_OFF(ftruncate64, off64_t)

/* The path from the root of the file system on, for a program that works in a directory of its own. */
static const char *whole(const char *path, char *buffer) {
    if (*path == '/' || !getcwd(buffer, 2000)) return path;
    strncat(buffer, "/", 2);
    return strncat(buffer, path, 2000);
}

#define NAMES char one[4096], other[4096]; from = whole(from, one); to = whole(to, other);

int rename(const char *from, const char *to) {
    NAMES
    int failed = REAL(rename)(from, to);
    if (!failed && ours(to)) note_name('L', from, to);
    if (!failed && ours(from)) note('U', from, "", 0, 0, "", 0);
    return failed;
}

int unlink(const char *path) {
    char one[4096];
    path = whole(path, one);
    int failed = REAL(unlink)(path);
    if (!failed && ours(path)) note('U', path, "", 0, 0, "", 0);
    return failed;
}
int link(const char *from, const char *to) {
    NAMES
    int failed = REAL(link)(from, to);
    if (!failed && ours(to)) note_name('L', from, to);
    return failed;
}
int linkat(int at, const char *from, int to_at, const char *to, int flags) {
    int failed = REAL(linkat)(at, from, to_at, to, flags);
    if (!failed && ours(to)) note_name('L', from, to);
    return failed;
}
int truncate(const char *path, off_t length) {
    int fd = REAL(open)(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int failed = ftruncate(fd, length);
    close(fd);
    return failed;
}
