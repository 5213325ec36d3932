/*
** Runs a script that is given `depth`, which tells where the native stack ends when Lua code calls a C function.
*/
#include <stdint.h>
#include <stdio.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static int depth(lua_State *L) {
  volatile char here = 0;
  lua_pushinteger(L, (lua_Integer)(intptr_t)&here);
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int failed;
  if (L == NULL || argc != 2)
    return 2;
  luaL_openlibs(L);
  lua_register(L, "depth", depth);
  failed = luaL_dofile(L, argv[1]);
  if (failed)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
