/*
 * The API's functions with variable arguments. Stable Rust can call such functions and not define them; so these walk the
 * va_list, and variadic.rs does the rest.
 *
 * What is defined here has a hidden name, perilune_c_<name>. Rust exports the public name, because a Rust library shows only
 * Rust's own symbols. Functions of Rust that are called here may throw: they never return then, and the frames in between are
 * plain C frames of this file and of the host.
 */
#include <stdarg.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* A string in the making, in variadic.rs: `Format` is the same. The first piece is in `text`, older ones on the Lua stack. */
struct format {
	lua_State *L;
	size_t length;
	int pushed;
	char text[300];
};

/* Defined in variadic.rs. */
HIDDEN void perilune_format_more(struct format *format, const char *bytes, size_t size);
HIDDEN void perilune_format_integer(struct format *format, lua_Integer integer);
HIDDEN void perilune_format_number(struct format *format, lua_Number number);
HIDDEN void perilune_format_pointer(struct format *format, const void *pointer);
HIDDEN void perilune_format_codepoint(struct format *format, unsigned long codepoint);
HIDDEN void perilune_format_position(struct format *format);
HIDDEN _Noreturn void perilune_format_invalid(struct format *format, int conversion);
HIDDEN const char *perilune_format_end(struct format *format);
HIDDEN _Noreturn void perilune_format_raise(struct format *format);
HIDDEN int perilune_gc(lua_State *L, int what, size_t a, int b, int c);

HIDDEN const char *perilune_c_lua_pushvfstring(lua_State *L, const char *fmt, va_list arguments);
HIDDEN const char *perilune_c_lua_pushfstring(lua_State *L, const char *fmt, ...);
HIDDEN int perilune_c_luaL_error(lua_State *L, const char *fmt, ...);
HIDDEN int perilune_c_lua_gc(lua_State *L, int what, ...);

static void begin(struct format *format, lua_State *L)
{
	format->L = L;
	format->length = 0;
	format->pushed = 0;
}

/* Adds `size` bytes. */
static void add_bytes(struct format *format, const char *bytes, size_t size)
{
	if (size <= sizeof format->text - format->length) {
		memcpy(format->text + format->length, bytes, size);
		format->length += size;
	} else {
		perilune_format_more(format, bytes, size);
	}
}

/* Adds `fmt` with its conversions replaced by the arguments. */
static void add(struct format *format, const char *fmt, va_list arguments)
{
	const char *percent;
	while (*fmt != '\0' && (percent = strchr(fmt, '%')) != NULL) {
		if (percent > fmt)
			add_bytes(format, fmt, (size_t)(percent - fmt));
		switch (percent[1]) {
		case 's': {
			const char *text = va_arg(arguments, const char *);
			if (text == NULL)
				text = "(null)";
			add_bytes(format, text, strlen(text));
			break;
		}
		case 'c': {
			char byte = (char)va_arg(arguments, int);
			add_bytes(format, &byte, 1);
			break;
		}
		case 'd':
			perilune_format_integer(format, va_arg(arguments, int));
			break;
		case 'I':
			perilune_format_integer(format, va_arg(arguments, LUAI_UACINT));
			break;
		case 'f':
			perilune_format_number(format, va_arg(arguments, LUAI_UACNUMBER));
			break;
		case 'p':
			perilune_format_pointer(format, va_arg(arguments, void *));
			break;
		case 'U':
			perilune_format_codepoint(format, va_arg(arguments, unsigned long));
			break;
		case '%':
			add_bytes(format, "%", 1);
			break;
		default:
#if LUA_VERSION_NUM >= 505
			/* Stays as it is. */
			add_bytes(format, percent, percent[1] == '\0' ? 1 : 2);
			if (percent[1] == '\0')
				return;
			break;
#else
			perilune_format_invalid(format, percent[1]);
#endif
		}
		fmt = percent + 2;
	}
	if (*fmt != '\0')
		add_bytes(format, fmt, strlen(fmt));
}

const char *perilune_c_lua_pushvfstring(lua_State *L, const char *fmt, va_list arguments)
{
	struct format format;
	begin(&format, L);
	add(&format, fmt, arguments);
	return perilune_format_end(&format);
}

const char *perilune_c_lua_pushfstring(lua_State *L, const char *fmt, ...)
{
	const char *result;
	va_list arguments;
	va_start(arguments, fmt);
	result = perilune_c_lua_pushvfstring(L, fmt, arguments);
	va_end(arguments);
	return result;
}

int perilune_c_luaL_error(lua_State *L, const char *fmt, ...)
{
	struct format format;
	va_list arguments;
	begin(&format, L);
	perilune_format_position(&format);
	va_start(arguments, fmt);
	add(&format, fmt, arguments);
	va_end(arguments);
	perilune_format_raise(&format);
}

/*
 * How many arguments there are depends on the operation; for those that are absent anything will do. All are ints, but for the size of a step
 * in 5.5.
 */
int perilune_c_lua_gc(lua_State *L, int what, ...)
{
	int count = 0, i, values[3] = {0, 0, 0};
	size_t first = 0;
	va_list arguments;
	va_start(arguments, what);
	switch (what) {
#if LUA_VERSION_NUM >= 505
	case LUA_GCSTEP:
		first = va_arg(arguments, size_t);
		break;
	case LUA_GCPARAM:
		count = 2;
		break;
#else
	case LUA_GCSTEP:
	case LUA_GCSETPAUSE:
	case LUA_GCSETSTEPMUL:
		count = 1;
		break;
	case LUA_GCGEN:
		count = 2;
		break;
	case LUA_GCINC:
		count = 3;
		break;
#endif
	}
	for (i = 0; i < count; i++)
		values[i] = va_arg(arguments, int);
	va_end(arguments);
	if (count > 0)
		first = (size_t)values[0];
	return perilune_gc(L, what, first, values[1], values[2]);
}
