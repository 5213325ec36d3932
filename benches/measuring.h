/*
** What the hosts that measure operations have in common: checking, the clock, and the figure of several runs.
*/

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

#define BATCHES 7

static void expect(lua_State *L, int holds) {
  if (!holds)
    luaL_error(L, "the operation gave a wrong result");
}

/* Leaves the value of a Lua expression. */
static void push_value(lua_State *L, const char *expression) {
  lua_pushfstring(L, "return %s", expression);
  if (luaL_loadstring(L, lua_tostring(L, -1)) != LUA_OK)
    lua_error(L);
  lua_remove(L, -2);
  lua_call(L, 0, 1);
}

static double cpu_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The figure of the batches. */
static double median(double spent[BATCHES]) {
  qsort(spent, BATCHES, sizeof spent[0], compare);
  return spent[BATCHES / 2];
}
