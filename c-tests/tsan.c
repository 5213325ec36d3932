/*
** Linked into programs that run under gcc's ThreadSanitizer with a library compiled by LLVM, whose calls to the runtime differ a little.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Only LLVM's runtime has these. Each goes to the C function, which gcc's runtime watches. */

void *__tsan_memcpy (void *to, const void *from, size_t n) {
  return memcpy(to, from, n);
}

void *__tsan_memmove (void *to, const void *from, size_t n) {
  return memmove(to, from, n);
}

void *__tsan_memset (void *to, int byte, size_t n) {
  return memset(to, byte, n);
}

/*
** The runtime does not know fences. Rust's reference counts go down with release order, and whoever reaches zero issues an acquire
** fence before it frees. What the fence adds is told to the runtime by giving the subtraction both orders.
*/
int64_t __tsan_atomic64_fetch_sub (volatile int64_t *at, int64_t n, int order) {
  typedef int64_t (*Subtract) (volatile int64_t *, int64_t, int);
  static Subtract subtract;
  Subtract found = __atomic_load_n(&subtract, __ATOMIC_RELAXED);
  if (found == NULL) {
    found = (Subtract)dlsym(RTLD_NEXT, "__tsan_atomic64_fetch_sub");
    __atomic_store_n(&subtract, found, __ATOMIC_RELAXED);
  }
  return found(at, n, order == __ATOMIC_RELEASE ? __ATOMIC_ACQ_REL : order);
}
