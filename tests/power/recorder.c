/* Writes down what a process does to its databases, for tests that cut the power afterwards.
 *
 * Loaded with LD_PRELOAD. Every change of a file whose name has ".sqlite" in it, and every flush of
 * one, goes to the record that POWER_RECORD names, in the order in which it happened over all
 * processes: one record a change, each written at once to a file opened with O_APPEND. What processes
 * share in memory (-shm) does not outlive them and is left out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_FILES = 4096, LONGEST = 256 };

/* The kinds of a record, see power_cut.py. */
enum { CREATED = 'C', WROTE = 'W', TRUNCATED = 'T', FLUSHING = 'F', FLUSHED = 'D', REMOVED = 'U' };

struct header {
    uint8_t kind;
    uint8_t length; /* of the path, which follows */
    uint16_t process;
    uint32_t size;   /* of the data, which come last */
    uint64_t offset;
} __attribute__((packed));

static char *paths[MOST_FILES];
static int record = -1;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *place = getenv("POWER_RECORD");
    if (place)
        record = NEXT(open64)(place, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int is_kept(const char *path)
{
    const char *found = record >= 0 && path ? strstr(path, ".sqlite") : NULL;
    return found && strlen(path) < LONGEST && !strstr(found, "-shm") && !strstr(found, ".worker");
}

static const char *kept(int file)
{
    return file >= 0 && file < MOST_FILES ? paths[file] : NULL;
}

static void note(int kind, const char *path, uint64_t offset, const void *data, size_t size)
{
    int error = errno;
    struct header header = {kind, (uint8_t)strlen(path), (uint16_t)getpid(), (uint32_t)size, offset};
    struct iovec parts[] = {
        {&header, sizeof header}, {(void *)path, header.length}, {(void *)data, size}};
    if (NEXT(writev)(record, parts, 3) != (ssize_t)(sizeof header + header.length + size))
        abort();
    errno = error;
}

static int opened(int file, const char *path, int existed)
{
    if (file >= 0 && file < MOST_FILES) {
        free(paths[file]);
        paths[file] = is_kept(path) ? strdup(path) : NULL;
        if (paths[file] && !existed)
            note(CREATED, path, 0, NULL, 0);
    }
    return file;
}

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...)                       \
    {                                                                \
        va_list more;                                                \
        va_start(more, flags);                                       \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
        va_end(more);                                                \
        int existed = !is_kept(path) || access(path, F_OK) == 0;     \
        return opened(NEXT(name)(path, flags, mode), path, existed); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                     \
    int name(int place, const char *path, int flags, ...)                \
    {                                                                    \
        va_list more;                                                    \
        va_start(more, flags);                                           \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
        va_end(more);                                                    \
        int existed = !is_kept(path) || access(path, F_OK) == 0;         \
        return opened(NEXT(name)(place, path, flags, mode), path, existed); \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int file)
{
    if (file == record && record >= 0)
        return 0; /* somebody closes whatever is open, as a new process does */
    if (file >= 0 && file < MOST_FILES) {
        free(paths[file]);
        paths[file] = NULL;
    }
    return NEXT(close)(file);
}

/* The record is written first: a change may then be lost that was not made yet, which is the same
 * as one that was made and not flushed. */
#define PWRITE(name, type)                                                \
    ssize_t name(int file, const void *data, size_t size, type offset)    \
    {                                                                     \
        if (kept(file))                                                   \
            note(WROTE, kept(file), (uint64_t)offset, data, size);        \
        return NEXT(name)(file, data, size, offset);                      \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int file, const void *data, size_t size)
{
    if (kept(file))
        note(WROTE, kept(file), (uint64_t)lseek64(file, 0, SEEK_CUR), data, size);
    return NEXT(write)(file, data, size);
}

#define TRUNCATE(name, type)                                   \
    int name(int file, type length)                            \
    {                                                          \
        if (kept(file))                                        \
            note(TRUNCATED, kept(file), (uint64_t)length, NULL, 0); \
        return NEXT(name)(file, length);                       \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define FLUSH(name)                                    \
    int name(int file)                                 \
    {                                                  \
        const char *path = kept(file);                 \
        if (path)                                      \
            note(FLUSHING, path, (uint64_t)file, NULL, 0); \
        int result = NEXT(name)(file);                 \
        if (path && result == 0)                       \
            note(FLUSHED, path, (uint64_t)file, NULL, 0);  \
        return result;                                 \
    }
FLUSH(fsync)
FLUSH(fdatasync)

int unlink(const char *path)
{
    int result = NEXT(unlink)(path);
    if (result == 0 && is_kept(path))
        note(REMOVED, path, 0, NULL, 0);
    return result;
}
