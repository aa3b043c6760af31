/* A disk that takes its time: put before a program with LD_PRELOAD, each write and flush of a file below one of the
   folders in SLOW_DISK (separated by ":") sleeps first, as long as the file SLOW_DISK_MS says: "1000 2000" is between
   one and two seconds. Built and steered by slow-disk.ts. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* System calls, not functions: these are the functions. */
static long bounds(long *most) {
  const char *path = getenv("SLOW_DISK_MS");
  char text[64] = "";
  if (path == NULL) return 0;
  int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  long least = 0;
  *most = 0;
  sscanf(text, "%ld %ld", &least, most);
  return least;
}

static int lies_on_it(int file) {
  const char *folders = getenv("SLOW_DISK");
  char link[32], path[4096];
  if (folders == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  while (*folders != 0) {
    size_t part = strcspn(folders, ":");
    if (part > 0 && strncmp(path, folders, part) == 0) return 1;
    folders += part + (folders[part] == ':');
  }
  return 0;
}

static void take_time(int file) {
  static __thread unsigned seed;
  long most = 0;
  long least = bounds(&most);
  if (most <= 0 || !lies_on_it(file)) return;
  if (seed == 0) seed = getpid() ^ (unsigned)(size_t)&seed;
  long ms = least + (most > least ? rand_r(&seed) % (most - least + 1) : 0);
  struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&rest, &rest) != 0) continue;
}

ssize_t write(int file, const void *bytes, size_t size) {
  take_time(file);
  return syscall(SYS_write, file, bytes, size);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  take_time(file);
  return syscall(SYS_pwrite64, file, bytes, size, at);
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }
ssize_t writev(int file, const struct iovec *parts, int count) {
  take_time(file);
  return syscall(SYS_writev, file, parts, count);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
  take_time(file);
  return syscall(SYS_pwritev, file, parts, count, (long)at, 0L);
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) { return pwritev64(file, parts, count, at); }
int fsync(int file) {
  take_time(file);
  return syscall(SYS_fsync, file);
}
int fdatasync(int file) {
  take_time(file);
  return syscall(SYS_fdatasync, file);
}
