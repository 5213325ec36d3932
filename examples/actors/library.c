/* What scripts see: the table `actor`. */
#include "actors.h"

/* self() -> address */
static int self(lua_State *L)
{
	lua_pushinteger(L, service_of(L)->address);
	return 1;
}

/* send(address, name, ...) -> whether there is such a service */
static int send(lua_State *L)
{
	unsigned to = (unsigned)luaL_checkinteger(L, 1);
	lua_pushboolean(L, service_send(to, message_pack(L, 2, service_of(L)->address)));
	return 1;
}

/* launch(kind, name, ...) -> address; the rest is its first message */
static int launch(lua_State *L)
{
	const char *kind = luaL_checkstring(L, 1);
	lua_pushinteger(L, service_launch(kind, message_pack(L, 2, service_of(L)->address), 0));
	return 1;
}

/* kill(address) ends a service, even this one, in the midst of what it does -> whether there was one */
static int kill(lua_State *L)
{
	lua_pushboolean(L, service_kill((unsigned)luaL_checkinteger(L, 1)));
	return 1;
}

/* exit() ends this service after the message at hand */
static int leave(lua_State *L)
{
	service_of(L)->exits = true;
	return 0;
}

/* report(name [, n]) adds to a counter of the host */
static int report(lua_State *L)
{
	counter_add(luaL_checkstring(L, 1), (long)luaL_optinteger(L, 2, 1));
	return 0;
}

/* config() -> the configuration, the same table until `refresh` */
static int config(lua_State *L)
{
	config_push(L, service_of(L));
	return 1;
}

/* refresh() lets go of the configuration after the message at hand. Nothing of it may be kept in variables or tables then. */
static int refresh(lua_State *L)
{
	service_of(L)->lets_go_of_config = true;
	return 0;
}

static const luaL_Reg functions[] = {
	{ "self", self }, { "send", send }, { "launch", launch }, { "kill", kill }, { "exit", leave },
	{ "report", report }, { "config", config }, { "refresh", refresh }, { NULL, NULL },
};

int library_open(lua_State *L)
{
	luaL_newlib(L, functions);
	return 1;
}
