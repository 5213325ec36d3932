/*
** A host as a distribution builds one: linked to the system's liblua5.4.so.0. It says which library it really runs on,
** by the loader's own account, and does a little of everything.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static int triple (lua_State *L) {
  lua_pushinteger(L, 3 * luaL_checkinteger(L, 1));
  return 1;
}

/* Prints the file that holds an address, as /proc/self/maps has it. */
static void print_home (const char *what, const void *address) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[1024];
  while (maps && fgets(line, sizeof(line), maps)) {
    unsigned long from, to;
    char path[512] = "";
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %511s", &from, &to, path) >= 2 &&
        (unsigned long)address >= from && (unsigned long)address < to)
      printf("%s: %s\n", what, path);
  }
  if (maps) fclose(maps);
}

int main (void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 2;
  luaL_openlibs(L);
  lua_register(L, "triple", triple);
  print_home("lua_newstate", dlsym(RTLD_DEFAULT, "lua_newstate"));
  print_home("luaL_openlibs", dlsym(RTLD_DEFAULT, "luaL_openlibs"));
  if (luaL_dostring(L,
        "local t = {} for i = 1, 5 do t[i] = triple(i) end "
        "local co = coroutine.wrap(function (...) return select('#', ...), coroutine.yield(...) end) "
        "return table.concat(t, ','), string.format('%5.2f|%q', 2.5, 'a\\nb'), pcall(error, {}), co(7), _VERSION, "
        "select(2, pcall(triple, 'x'))")) {
    printf("error: %s\n", lua_tostring(L, -1));
    return 1;
  }
  printf("%s %s %s %s %g\n", lua_tostring(L, 1), lua_tostring(L, 2), lua_tostring(L, -2), lua_tostring(L, -1), lua_version(L));
  lua_close(L);
  return 0;
}
