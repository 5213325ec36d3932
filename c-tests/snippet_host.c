/*
** A small host for the snippets: runs a prelude, then a script, in a fresh state with all libraries and warnings on.
** An error's traceback goes to the standard error and makes the exit code 1.
*/
#include <stdio.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static int with_traceback (lua_State *L) {
  const char *text = lua_tostring(L, 1);
  if (text == NULL) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
      return 1;
    text = lua_pushfstring(L, "(a %s value as the error)", luaL_typename(L, 1));
  }
  luaL_traceback(L, L, text, 1);
  return 1;
}

static int run_file (lua_State *L, const char *path) {
  int status;
  lua_pushcfunction(L, with_traceback);
  status = luaL_loadfile(L, path);
  if (status == LUA_OK)
    status = lua_pcall(L, 0, 0, -2);
  if (status != LUA_OK) {
    fflush(stdout);
    fprintf(stderr, "status %d: %s\n", status, lua_tostring(L, -1));
  }
  lua_settop(L, 0);
  return status == LUA_OK;
}

int main (int argc, char **argv) {
  int fine = 1;
  int i;
  lua_State *L = luaL_newstate();
  if (L == NULL) return 2;
  luaL_openlibs(L);
  lua_warning(L, "@on", 0);
  for (i = 1; fine && i < argc; i++)
    fine = run_file(L, argv[i]);
  lua_close(L);
  return fine ? 0 : 1;
}
