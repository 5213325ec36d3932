/*
** What the C tests of the API share: a registry of test functions, and printing that is equal on every run.
**
** A test is TEST(name) { ... } in a file api_*.c. It gets a fresh state L with all libraries open. What it prints is
** compared with what it prints on the reference library, so a test shows results; it asserts nothing by itself.
*/
#ifndef harness_h
#define harness_h

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "edition.h"

typedef void (*test_function) (lua_State *L);

void register_test (const char *name, test_function run);

#define TEST(name) \
  static void test_##name (lua_State *L); \
  __attribute__((constructor)) static void enlist_##name (void) { register_test(#name, test_##name); } \
  static void test_##name (lua_State *L)

/* Prints the value at an index without addresses: type and contents. */
void show (lua_State *L, int index);

/* Prints "label:" and the whole stack on one line. */
void show_stack (lua_State *L, const char *label);

/* Name of a status code. */
const char *status_name (int status);

/* Calls f in protected mode with the n values on top as arguments, prints status and results, and removes them. */
void attempt (lua_State *L, const char *label, lua_CFunction f, int n);

/* Loads a C string as a chunk of the given name; returns the status. */
int load_text (lua_State *L, const char *text, const char *name);

/* Runs a piece of Lua in protected mode, prints status and results, and removes them. */
void script (lua_State *L, const char *text);

#endif
