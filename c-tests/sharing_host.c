/*
** Runs Lua scripts in a VM that uses the code cache: sharing_host SCRIPT [ARGUMENT...].
**
** The script finds the code cache's functions in the global `codecache`, `reload` (luaL_reloadfile: status, report or message),
** `vm(n, text)` (runs a text in another VM, number 0 to 9, which stays open, and gives its result as a string), `close_vm(n)`, and its
** arguments in `...`. The program fails when the script does, or when a block of a VM's memory is not given back.
*/
#include <stdio.h>
#include <stdlib.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "edition.h"
#include "luashare.h"

static size_t held = 0;
/* Other VMs, by number. */
#define OTHERS 10
static lua_State *others[OTHERS];

static void *allocate (void *ud, void *p, size_t osize, size_t nsize) {
  (void)ud;
  held += nsize - (p == NULL ? 0 : osize);
  if (nsize == 0) {
    free(p);
    return NULL;
  }
  return realloc(p, nsize);
}

static int reload (lua_State *L) {
  lua_pushinteger(L, luaL_reloadfile(L, luaL_checkstring(L, 1)));
  lua_insert(L, -2);
  return 2;
}

static lua_State *open (void);

static int number_of_vm (lua_State *L) {
  lua_Integer i = luaL_checkinteger(L, 1);
  luaL_argcheck(L, 0 <= i && i < OTHERS, 1, "no such VM");
  return (int)i;
}

static int vm (lua_State *L) {
  lua_State **other = &others[number_of_vm(L)];
  const char *text = luaL_checkstring(L, 2);
  if (*other == NULL)
    *other = open();
  if (luaL_dostring(*other, text))
    return luaL_error(L, "other VM: %s", lua_tostring(*other, -1));
  lua_pushstring(L, luaL_tolstring(*other, -1, NULL));
  lua_settop(*other, 0);
  return 1;
}

static int close_vm (lua_State *L) {
  lua_State **other = &others[number_of_vm(L)];
  lua_close(*other);
  *other = NULL;
  return 0;
}

static lua_State *open (void) {
  lua_State *L = new_state(allocate, NULL);
  if (L == NULL)
    exit(2);
  luaL_openlibs(L);
  luaL_requiref(L, "skynet.codecache", luaopen_cache, 0);
  lua_setglobal(L, "codecache");
  lua_register(L, "reload", reload);
  lua_register(L, "vm", vm);
  lua_register(L, "close_vm", close_vm);
  return L;
}

int main (int argc, char **argv) {
  lua_State *L;
  int i, status;
  luaL_initcodecache();
  if (argc < 2)
    return 2;
  L = open();
  status = luaL_loadfilex(L, argv[1], NULL);
  for (i = 2; i < argc; i++)
    lua_pushstring(L, argv[i]);
  if (status == LUA_OK)
    status = lua_pcall(L, argc - 2, 0, 0);
  if (status != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  for (i = 0; i < OTHERS; i++)
    if (others[i] != NULL)
      lua_close(others[i]);
  if (held != 0)
    fprintf(stderr, "%lu bytes were not given back\n", (unsigned long)held);
  return status != LUA_OK || held != 0;
}
