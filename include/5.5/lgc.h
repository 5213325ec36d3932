/*
 * lgc.h - stands where skynet's sources include the header of its own Lua's collector: the names that they use of it.
 */
#ifndef lgc_h
#define lgc_h

#include "luashare.h"

/* Only addresses of these are used: those that lua_topointer gives of tables and Lua functions. */
typedef struct Table Table;
typedef struct LClosure LClosure;

/*
 * There a VM hands its seed on to another, so that strings have the same hash in both. Here they have that anyway: any number will do
 * for lua_newstate.
 */
struct global_State {
  unsigned seed;
};
#define G(L)		(&(struct global_State){luaL_makeseed(L)})

/* There is an L wherever they are used; makeshared needs it, to know whose object it is. */
#define isshared(o)	(lua_isshared(o))
#define makeshared(o)	((void)lua_makeshared(L, (o)))

#endif
