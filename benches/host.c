/* Runs one Lua script with the standard libraries: host SCRIPT [ARGUMENTS]. */

#include <stdio.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

int main(int argc, char **argv) {
  lua_State *L;
  int failed;
  if (argc < 2) {
    fprintf(stderr, "usage: %s SCRIPT [ARGUMENTS]\n", argv[0]);
    return 2;
  }
  L = luaL_newstate();
  if (L == NULL) {
    fprintf(stderr, "%s: not enough memory\n", argv[0]);
    return 1;
  }
  luaL_openlibs(L);
  failed = luaL_loadfile(L, argv[1]);
  if (!failed) {
    for (int i = 2; i < argc; i++)
      lua_pushstring(L, argv[i]);
    failed = lua_pcall(L, argc - 2, 0, 0);
  }
  if (failed)
    fprintf(stderr, "%s: %s\n", argv[0], luaL_tolstring(L, -1, NULL));
  lua_close(L);
  return failed ? 1 : 0;
}
