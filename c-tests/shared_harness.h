/*
** What the tests of sharing (shared_*.c) have in common: a registry of tests, checks that end the program, VMs whose memory is counted.
**
** A test is TEST(name) { ... }. It checks what it sees itself, since upstream's library shares nothing; whatever it is linked to must be ours.
*/
#ifndef shared_harness_h
#define shared_harness_h

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "luashare.h"
#include "edition.h"
#include "lgc.h"

void register_test (const char *name, void (*run) (void));

#define TEST(name) \
  static void name (void); \
  __attribute__((constructor)) static void enlist_##name (void) { register_test(#name, name); } \
  static void name (void)

/* Fewer repetitions are wanted. */
extern int quick;

#define CHECK(c) ((c) ? (void)0 : failed(__FILE__, __LINE__, #c))
#define CHECK_TEXT(got, wanted) check_text(__FILE__, __LINE__, got, wanted)

void failed (const char *file, int line, const char *what);
void check_text (const char *file, int line, const char *got, const char *wanted);

/* What a VM has: bytes, and the most it may have; 0 for no limit. The next requests may be refused in any case. */
typedef struct Memory {
  size_t bytes;
  size_t limit;
  int refused;
} Memory;

/* The allocator of all VMs, which knows the size of each block; `ud` is a Memory. */
void *allocate (void *ud, void *p, size_t osize, size_t nsize);

lua_State *new_vm (Memory *m);
void close_vm (lua_State *L, Memory *m);

/* Runs a text; what it returns stays. The error ends the test. */
void run (lua_State *L, const char *text);

/* Runs a text that fails: the message, which stays on the stack. */
const char *message (lua_State *L, const char *text);

/* Calls a C function that fails with the value at index: the message. */
const char *failure (lua_State *L, lua_CFunction f, int index);

/* A total of what the process shares (luaL_cachestat). */
lua_Integer total (const char *what);

/* Strings that the process keeps for what is shared. */
lua_Integer pooled (void);

/* Shares the table on the top and all that it refers to, as skynet does. */
void share_all (lua_State *L);

/* Runs a text that returns a table, and shares that; it stays on the stack. */
const void *share (lua_State *L, const char *text);

/* Makes a shared table the global `t`. */
void use (lua_State *L, const void *p);

/* A text that returns a table with a bit of everything, and one that checks what every VM must see in `t`, if that is it. */
extern const char sample[], look[];

/* Closes VMs in time, then one whose table another VM still holds: a library with the feature `apicheck` aborts. */
void close_too_early (void);

#endif
