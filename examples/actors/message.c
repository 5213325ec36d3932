/* Values on their way from one VM to another. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "actors.h"

/* Each value is a byte that says what it is, and then its bytes; of a string the length first. */
enum { NIL, FALSE, TRUE, INTEGER, NUMBER, STRING };

static atomic_long total;

static struct message *message_new(size_t size, unsigned sender)
{
	struct message *m = malloc(sizeof *m + size);
	if (m == NULL)
		abort();
	m->next = NULL;
	m->sender = sender;
	m->size = size;
	atomic_fetch_add(&total, 1);
	return m;
}

void message_free(struct message *m)
{
	free(m);
	atomic_fetch_sub(&total, 1);
}

long message_total(void)
{
	return atomic_load(&total);
}

static size_t size_of_value(lua_State *L, int index)
{
	switch (lua_type(L, index)) {
	case LUA_TNIL:
	case LUA_TBOOLEAN:
		return 1;
	case LUA_TNUMBER:
		return 1 + (lua_isinteger(L, index) ? sizeof(lua_Integer) : sizeof(lua_Number));
	case LUA_TSTRING:
		return 1 + sizeof(size_t) + lua_rawlen(L, index);
	default:
		luaL_argerror(L, index, "only nil, booleans, numbers and strings can be sent");
		return 0;
	}
}

static char *put(char *at, char kind, const void *bytes, size_t size)
{
	*at++ = kind;
	memcpy(at, bytes, size);
	return at + size;
}

static char *put_string(char *at, const char *text, size_t length)
{
	at = put(at, STRING, &length, sizeof length);
	memcpy(at, text, length);
	return at + length;
}

static char *put_value(char *at, lua_State *L, int index)
{
	switch (lua_type(L, index)) {
	case LUA_TBOOLEAN:
		*at = lua_toboolean(L, index) ? TRUE : FALSE;
		return at + 1;
	case LUA_TNUMBER:
		if (lua_isinteger(L, index)) {
			lua_Integer n = lua_tointeger(L, index);
			return put(at, INTEGER, &n, sizeof n);
		} else {
			lua_Number n = lua_tonumber(L, index);
			return put(at, NUMBER, &n, sizeof n);
		}
	case LUA_TSTRING: {
		size_t length;
		const char *text = lua_tolstring(L, index, &length);
		return put_string(at, text, length);
	}
	default:
		*at = NIL;
		return at + 1;
	}
}

struct message *message_pack(lua_State *L, int first, unsigned sender)
{
	/* Whatever can raise comes before the message exists. */
	int top = lua_gettop(L);
	size_t size = 0;
	struct message *m;
	char *at;
	int i;
	luaL_checktype(L, first, LUA_TSTRING);
	for (i = first; i <= top; i++)
		size += size_of_value(L, i);
	m = message_new(size, sender);
	at = m->data;
	for (i = first; i <= top; i++)
		at = put_value(at, L, i);
	return m;
}

struct message *message_named(const char *name)
{
	size_t length = strlen(name);
	struct message *m = message_new(1 + sizeof length + length, 0);
	put_string(m->data, name, length);
	return m;
}

struct message *message_with_number(const char *name, lua_Integer n)
{
	size_t length = strlen(name);
	struct message *m = message_new(1 + sizeof length + length + 1 + sizeof n, 0);
	put(put_string(m->data, name, length), INTEGER, &n, sizeof n);
	return m;
}

struct message *message_with_string(const char *name, const char *text)
{
	size_t length = strlen(name), text_length = strlen(text);
	struct message *m = message_new(2 * (1 + sizeof length) + length + text_length, 0);
	put_string(put_string(m->data, name, length), text, text_length);
	return m;
}

static const char *get(const char *at, void *value, size_t size)
{
	memcpy(value, at, size);
	return at + size;
}

int message_unpack(lua_State *L, const struct message *m)
{
	const char *at = m->data, *end = at + m->size;
	int count = 0;
	while (at < end) {
		luaL_checkstack(L, 1, "too many values in a message");
		switch (*at++) {
		case NIL:
			lua_pushnil(L);
			break;
		case FALSE:
			lua_pushboolean(L, 0);
			break;
		case TRUE:
			lua_pushboolean(L, 1);
			break;
		case INTEGER: {
			lua_Integer n;
			at = get(at, &n, sizeof n);
			lua_pushinteger(L, n);
			break;
		}
		case NUMBER: {
			lua_Number n;
			at = get(at, &n, sizeof n);
			lua_pushnumber(L, n);
			break;
		}
		case STRING: {
			size_t length;
			at = get(at, &length, sizeof length);
			lua_pushlstring(L, at, length);
			at += length;
			break;
		}
		}
		count++;
	}
	return count;
}
