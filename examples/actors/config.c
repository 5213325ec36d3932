/*
 * Configuration that is replaced while services read it: shared tables.
 *
 * A version is the table that config.lua returns, in a VM of its own, frozen. Every service reads that very table. The VM is closed when a newer
 * version is current and the last service that holds this one has let go; until then nothing in it moves or changes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "actors.h"

#ifdef LUA_CACHELIB

struct config {
	lua_State *L;
	const void *table;
	int holders;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct config *current;
static int versions;

/* Shares the value on top of the stack and all that it leads to. [-0, +0, v] */
static void share(lua_State *L)
{
	switch (lua_type(L, -1)) {
	case LUA_TTABLE: {
		const void *table = lua_topointer(L, -1);
		if (lua_isshared(table))
			return;
		if (!lua_makeshared(L, table))
			luaL_error(L, "a table with a metatable cannot be configuration");
		luaL_checkstack(L, 3, "the configuration is too deep");
		lua_pushnil(L);
		while (lua_next(L, -2) != 0) {
			share(L);
			lua_pop(L, 1);
			share(L);
		}
		return;
	}
	case LUA_TSTRING:
		lua_sharestring(L, -1);
		return;
	case LUA_TFUNCTION:
		if (lua_iscfunction(L, -1))
			return;
		if (!lua_makeshared(L, lua_topointer(L, -1)))
			luaL_error(L, "a function with upvalues cannot be configuration");
		return;
	case LUA_TNIL:
	case LUA_TBOOLEAN:
	case LUA_TNUMBER:
	case LUA_TLIGHTUSERDATA:
		return;
	default:
		luaL_error(L, "a %s cannot be configuration", luaL_typename(L, -1));
	}
}

/* Arguments: the script, the version. Result: the shared table. */
static int make(lua_State *L)
{
	luaL_openlibs(L);
	luaL_cachemode(L, LUA_CACHEOFF);
	if (luaL_loadfile(L, lua_touserdata(L, 1)) != LUA_OK)
		return lua_error(L);
	lua_pushvalue(L, 2);
	lua_call(L, 1, 1);
	luaL_checktype(L, -1, LUA_TTABLE);
	lua_gc(L, LUA_GCSTOP);	/* from here on other threads read what is in this VM */
	share(L);
	return 1;
}

/* Frees a version that nobody can come to any more. */
static void discard(struct config *config)
{
	lua_close(config->L);
	free(config);
	pthread_mutex_lock(&lock);
	versions--;
	pthread_mutex_unlock(&lock);
}

/* Makes another version the current one, or none. */
static void replace(struct config *config)
{
	struct config *old;
	bool held;
	pthread_mutex_lock(&lock);
	old = current;
	held = old != NULL && old->holders > 0;
	current = config;
	if (config != NULL)
		versions++;
	pthread_mutex_unlock(&lock);
	if (old != NULL && !held)
		discard(old);
}

bool config_publish(int version)
{
	char script[512];
	struct config *config = malloc(sizeof *config);
	lua_State *L = luaL_newstate();
	if (config == NULL || L == NULL)
		abort();
	snprintf(script, sizeof script, "%s/services/config.lua", options.scripts);
	lua_pushcfunction(L, make);
	lua_pushlightuserdata(L, script);
	lua_pushinteger(L, version);
	if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
		fprintf(stderr, "actors: configuration %d: %s\n", version, lua_tostring(L, -1));
		lua_close(L);
		free(config);
		return false;
	}
	config->L = L;
	config->table = lua_topointer(L, -1);
	config->holders = 0;
	replace(config);
	return true;
}

void config_retire(void)
{
	replace(NULL);
}

void config_push(lua_State *L, struct service *s)
{
	if (s->config == NULL) {
		pthread_mutex_lock(&lock);
		s->config = current;
		if (current != NULL)
			current->holders++;
		pthread_mutex_unlock(&lock);
	}
	if (s->config == NULL)
		lua_pushnil(L);
	else
		lua_clonetable(L, s->config->table);
}

void config_let_go(struct service *s)
{
	struct config *config = s->config;
	bool unused;
	s->config = NULL;
	if (config == NULL)
		return;
	pthread_mutex_lock(&lock);
	config->holders--;
	unused = config->holders == 0 && config != current;
	pthread_mutex_unlock(&lock);
	if (unused)
		discard(config);
}

int config_versions(void)
{
	int n;
	pthread_mutex_lock(&lock);
	n = versions;
	pthread_mutex_unlock(&lock);
	return n;
}

#else

bool config_publish(int version)
{
	(void)version;
	return false;
}

void config_retire(void)
{
}

void config_push(lua_State *L, struct service *s)
{
	(void)s;
	lua_pushnil(L);
}

void config_let_go(struct service *s)
{
	(void)s;
}

int config_versions(void)
{
	return 0;
}

#endif
