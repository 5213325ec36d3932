/*
** What editions of Lua call differently, under one name. Included after lua.h.
*/
#ifndef edition_h
#define edition_h

#if LUA_VERSION_NUM >= 505
#define new_state(f, ud)	lua_newstate((f), (ud), 0)
#define gc_step(L, kilobytes)	lua_gc((L), LUA_GCSTEP, (size_t)(kilobytes) * 1024)
#else
#define gc_step(L, kilobytes)	lua_gc((L), LUA_GCSTEP, (kilobytes))
#define new_state(f, ud)	lua_newstate((f), (ud))
#endif

/* Most slots a stack can have; 5.5's headers do not say. */
#define MAX_STACK	1000000

#endif
