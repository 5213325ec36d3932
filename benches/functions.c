/*
** What the functions of the C API cost, one by one.
**
**   usage: functions -l         lists the operations
**          functions -c         does each a few times, prints a checksum of what they gave
**          functions -m NAME    measures one: prints the nanoseconds of processor time that it takes
**
** An operation is named after the function that it is about; what else it takes to do it again and again (a value to
** push, a result to pop) is in its figure, too. All run in a C function with upvalues, which a Lua function with locals
** has called. The figure is the median of BATCHES runs of some milliseconds each.
*/

#include "measuring.h"

typedef enum Mode { LIST, CHECK, MEASURE } Mode;

static Mode mode;
static const char *wanted;      /* the operation to be measured */
static int count;               /* how often an operation is done */
static int begun;               /* how many operations were */
static double start, spent;
static lua_Integer sum, checksum;

/* Whether it is this operation's turn; then the stack is empty. */
static int chosen(lua_State *L, const char *name) {
  if (mode == LIST)
    puts(name);
  if (mode == LIST || (mode == MEASURE && strcmp(name, wanted) != 0))
    return 0;
  lua_settop(L, 0);
  begun++;
  return 1;
}

static int begin(void) {
  sum = 0;
  start = cpu_nanoseconds();
  return count;
}

static void end(lua_State *L, int top) {
  spent = cpu_nanoseconds() - start;
  checksum = (checksum * 31 + sum) % 1000000007;
  expect(L, lua_gettop(L) == top);
}

/* An operation: its name, what it needs on the stack from index 1, and what is done; `i` counts, TAKE notes a result. */
#define OPERATION(NAME, SETUP, ...) \
  if (chosen(L, NAME)) { \
    int i, n, top; \
    SETUP; \
    top = lua_gettop(L); \
    for (i = 0, n = begin(); i < n; i++) { __VA_ARGS__; } \
    end(L, top); \
  }
#define TAKE(RESULT) (sum += (lua_Integer)(RESULT))
#define TAKEN(CALL) (TAKE(CALL), lua_pop(L, 1))
#define POP(N) lua_pop(L, N)
#define NOTHING ((void)0)

#define INTEGER lua_pushinteger(L, 42)
#define FLOAT lua_pushnumber(L, 4.5)
#define STRING(TEXT) lua_pushstring(L, TEXT)
#define TABLE push_value(L, "{ 1, 2, 3, name = 'x', other = 'y', [1000] = 7 }")
#define USERDATA (lua_newuserdatauv(L, 16, 1), luaL_setmetatable(L, "bench.type"))
#define HEIR push_value(L, "setmetatable({}, { __index = { name = 'x' }, __newindex = {}, __name = 'bench.heir' })")
#define EVENTS push_events(L)
#define LUA_FUNCTION push_value(L, "function(a, b) return a end")

#define LONG "a string that is longer than those that are found by their contents"

/* Upvalues of the C function in which operations run. */
#define INTEGER_UPVALUE lua_upvalueindex(1)
#define TABLE_UPVALUE lua_upvalueindex(2)

static int no_function(lua_State *L) {
  (void)L;
  return 0;
}

static int first(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

static int text(lua_State *L) {
  lua_pushliteral(L, "text");
  return 1;
}

/* Pushes a table whose metamethods are C functions. */
static void push_events(lua_State *L) {
  static const char *const events[] = {"__index", "__newindex", "__add", "__len", "__eq", "__lt", "__concat", "__call", "__close"};
  size_t i;
  lua_newtable(L);
  lua_newtable(L);
  for (i = 0; i < sizeof events / sizeof events[0]; i++) {
    lua_pushcfunction(L, first);
    lua_setfield(L, -2, events[i]);
  }
  lua_pushcfunction(L, text);
  lua_setfield(L, -2, "__tostring");
  lua_setmetatable(L, -2);
}

static const luaL_Reg three_functions[] = {{"first", first}, {"text", text}, {"nothing", no_function}, {NULL, NULL}};

static int yield_once(lua_State *L) {
  return lua_yield(L, 0);
}

static int fails_by_argument(lua_State *L) {
  return luaL_argerror(L, 1, "message");
}

static int fails_by_type(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return 0;
}

static int fails_by_error(lua_State *L) {
  return luaL_error(L, "message %d", 1);
}

static int fails_by_value(lua_State *L) {
  lua_pushinteger(L, 1);
  return lua_error(L);
}

static void hook(lua_State *L, lua_Debug *activation) {
  (void)L;
  (void)activation;
}

static void warning(void *data, const char *message, int more) {
  (void)data;
  (void)message;
  (void)more;
}

static const char *reader(lua_State *L, void *data, size_t *size) {
  const char **rest = (const char **)data, *piece = *rest;
  (void)L;
  *size = piece == NULL ? 0 : strlen(piece);
  *rest = NULL;
  return piece;
}

static int writer(lua_State *L, const void *piece, size_t size, void *data) {
  (void)L;
  (void)piece;
  *(size_t *)data += size;
  return 0;
}

static int add_to_buffer(lua_State *L, const void *piece, size_t size, void *data) {
  (void)L;
  luaL_addlstring((luaL_Buffer *)data, (const char *)piece, size);
  return 0;
}

static void binary_chunk(lua_State *L) {
  luaL_Buffer buffer;
  LUA_FUNCTION;
  lua_pushvalue(L, 1);
  luaL_buffinit(L, &buffer);
  lua_pushvalue(L, 1);
  lua_dump(L, add_to_buffer, &buffer, 0);
  POP(1);
  luaL_pushresult(&buffer);
  lua_replace(L, 1);
  lua_settop(L, 1);
}

static void stack_and_types(lua_State *L) {
  OPERATION("lua_gettop", INTEGER, TAKE(lua_gettop(L)))
  OPERATION("lua_settop", INTEGER, lua_settop(L, 3); lua_settop(L, 1))
  OPERATION("lua_absindex", INTEGER, TAKE(lua_absindex(L, -1)))
  OPERATION("lua_pushvalue", INTEGER, lua_pushvalue(L, 1); POP(1))
  OPERATION("lua_pushvalue of an upvalue", NOTHING, lua_pushvalue(L, TABLE_UPVALUE); POP(1))
  OPERATION("lua_pushvalue of the registry", NOTHING, lua_pushvalue(L, LUA_REGISTRYINDEX); POP(1))
  OPERATION("lua_rotate, insert", INTEGER; FLOAT; TABLE, lua_insert(L, 1))
  OPERATION("lua_rotate by two of five", INTEGER; FLOAT; TABLE; INTEGER; FLOAT, lua_rotate(L, 1, 2))
  OPERATION("lua_rotate, remove", INTEGER; FLOAT, lua_pushvalue(L, 1); lua_remove(L, 1))
  OPERATION("lua_copy", INTEGER; FLOAT, lua_copy(L, 1, 2))
  OPERATION("lua_copy to an upvalue", INTEGER, lua_copy(L, 1, INTEGER_UPVALUE))
  OPERATION("lua_checkstack", NOTHING, TAKE(lua_checkstack(L, 10)))
  OPERATION("lua_xmove", lua_newthread(L), lua_State *T = lua_tothread(L, 1); INTEGER; lua_xmove(L, T, 1); lua_xmove(T, L, 1); POP(1))
  OPERATION("lua_type", INTEGER, TAKE(lua_type(L, 1)))
  OPERATION("lua_type of no value", INTEGER, TAKE(lua_type(L, 2)))
  OPERATION("lua_type of an upvalue", NOTHING, TAKE(lua_type(L, TABLE_UPVALUE)))
  OPERATION("lua_typename", NOTHING, TAKE(*lua_typename(L, LUA_TTABLE)))
  OPERATION("lua_isnumber of an integer", INTEGER, TAKE(lua_isnumber(L, 1)))
  OPERATION("lua_isnumber of '12'", STRING("12"), TAKE(lua_isnumber(L, 1)))
  OPERATION("lua_isnumber of '12.5'", STRING("12.5"), TAKE(lua_isnumber(L, 1)))
  OPERATION("lua_isnumber of a name", STRING("name"), TAKE(lua_isnumber(L, 1)))
  OPERATION("lua_isnumber of a table", TABLE, TAKE(lua_isnumber(L, 1)))
  OPERATION("lua_isstring", STRING("x"), TAKE(lua_isstring(L, 1)))
  OPERATION("lua_isstring of a number", INTEGER, TAKE(lua_isstring(L, 1)))
  OPERATION("lua_iscfunction", lua_pushcfunction(L, first), TAKE(lua_iscfunction(L, 1)))
  OPERATION("lua_isinteger", INTEGER, TAKE(lua_isinteger(L, 1)))
  OPERATION("lua_isuserdata", USERDATA, TAKE(lua_isuserdata(L, 1)))
}

static void conversions(lua_State *L) {
  size_t length;
  OPERATION("lua_tonumberx of a float", FLOAT, TAKE(lua_tonumber(L, 1)))
  OPERATION("lua_tonumberx of an integer", INTEGER, TAKE(lua_tonumber(L, 1)))
  OPERATION("lua_tonumberx of '12'", STRING("12"), TAKE(lua_tonumber(L, 1)))
  OPERATION("lua_tonumberx of '12.5'", STRING("12.5"), TAKE(lua_tonumber(L, 1)))
  OPERATION("lua_tonumberx of '0.1234567'", STRING("0.1234567"), TAKE(lua_tonumber(L, 1) * 100))
  OPERATION("lua_tonumberx of '1e10'", STRING("1e10"), TAKE(lua_tonumber(L, 1)))
  OPERATION("lua_tointegerx of an integer", INTEGER, TAKE(lua_tointeger(L, 1)))
  OPERATION("lua_tointegerx, asked whether", INTEGER, int is; TAKE(lua_tointegerx(L, 1, &is)); TAKE(is))
  OPERATION("lua_tointegerx of a float", lua_pushnumber(L, 3.0), TAKE(lua_tointeger(L, 1)))
  OPERATION("lua_tointegerx of 4.5", FLOAT, TAKE(lua_tointeger(L, 1)))
  OPERATION("lua_tointegerx of '12'", STRING("12"), TAKE(lua_tointeger(L, 1)))
  OPERATION("lua_tointegerx of a table", TABLE, TAKE(lua_tointeger(L, 1)))
  OPERATION("lua_toboolean", INTEGER, TAKE(lua_toboolean(L, 1)))
  OPERATION("lua_tolstring", STRING("x"), lua_tolstring(L, 1, &length); TAKE(length))
  OPERATION("lua_tolstring of a long string", STRING(LONG), lua_tolstring(L, 1, &length); TAKE(length))
  OPERATION("lua_tolstring of an integer", NOTHING, lua_pushinteger(L, i & 63); TAKEN(*lua_tostring(L, -1)))
  OPERATION("lua_tolstring of a float", NOTHING, lua_pushnumber(L, (i & 63) + 0.5); TAKEN(*lua_tostring(L, -1)))
  OPERATION("lua_tolstring of a table", TABLE, TAKE(lua_tostring(L, 1) == NULL))
  OPERATION("lua_rawlen of a string", STRING("name"), TAKE(lua_rawlen(L, 1)))
  OPERATION("lua_rawlen of a long string", STRING(LONG), TAKE(lua_rawlen(L, 1)))
  OPERATION("lua_rawlen of a table", TABLE, TAKE(lua_rawlen(L, 1)))
  OPERATION("lua_rawlen of a userdata", USERDATA, TAKE(lua_rawlen(L, 1)))
  OPERATION("lua_tocfunction", lua_pushcfunction(L, first), TAKE(lua_tocfunction(L, 1) == first))
  OPERATION("lua_tocfunction of a standard function", lua_getglobal(L, "print"), TAKE(lua_tocfunction(L, 1) != NULL))
  OPERATION("lua_touserdata", USERDATA, TAKE(lua_touserdata(L, 1) != NULL))
  OPERATION("lua_touserdata of a light one", lua_pushlightuserdata(L, L), TAKE(lua_touserdata(L, 1) != NULL))
  OPERATION("lua_tothread", lua_pushthread(L), TAKE(lua_tothread(L, 1) == L))
  OPERATION("lua_topointer of a table", TABLE, TAKE(lua_topointer(L, 1) != NULL))
  OPERATION("lua_topointer of a string", STRING("x"), TAKE(lua_topointer(L, 1) != NULL))
  OPERATION("lua_topointer of a userdata", USERDATA, TAKE(lua_topointer(L, 1) != NULL))
  OPERATION("lua_topointer of a C function", lua_pushcfunction(L, first), TAKE(lua_topointer(L, 1) != NULL))
  OPERATION("lua_topointer of an integer", INTEGER, TAKE(lua_topointer(L, 1) != NULL))
  OPERATION("lua_stringtonumber of '12'", NOTHING, TAKEN(lua_stringtonumber(L, "12")))
  OPERATION("lua_stringtonumber of '12.5'", NOTHING, TAKEN(lua_stringtonumber(L, "12.5")))
  OPERATION("lua_stringtonumber of '1234567890'", NOTHING, TAKEN(lua_stringtonumber(L, "1234567890")))
  OPERATION("lua_stringtonumber of ' -12 '", NOTHING, TAKEN(lua_stringtonumber(L, " -12 ")))
  OPERATION("lua_stringtonumber of '0x10'", NOTHING, TAKEN(lua_stringtonumber(L, "0x10")))
  OPERATION("lua_stringtonumber of '1e10'", NOTHING, TAKEN(lua_stringtonumber(L, "1e10")))
  OPERATION("lua_stringtonumber of a name", NOTHING, TAKE(lua_stringtonumber(L, "name")))
#if LUA_VERSION_NUM >= 505
  OPERATION("lua_numbertocstring of an integer", INTEGER, char to[LUA_N2SBUFFSZ]; TAKE(lua_numbertocstring(L, 1, to)))
  OPERATION("lua_numbertocstring of a float", FLOAT, char to[LUA_N2SBUFFSZ]; TAKE(lua_numbertocstring(L, 1, to)))
#endif
}

static void operators(lua_State *L) {
  OPERATION("lua_arith, integers added", INTEGER, INTEGER; INTEGER; lua_arith(L, LUA_OPADD); POP(1))
  OPERATION("lua_arith, floats multiplied", INTEGER, FLOAT; FLOAT; lua_arith(L, LUA_OPMUL); POP(1))
  OPERATION("lua_arith, integers divided", INTEGER, INTEGER; INTEGER; lua_arith(L, LUA_OPDIV); POP(1))
  OPERATION("lua_arith, remainder", INTEGER, INTEGER; lua_pushinteger(L, 5); lua_arith(L, LUA_OPMOD); POP(1))
  OPERATION("lua_arith, power", INTEGER, FLOAT; lua_pushnumber(L, 2); lua_arith(L, LUA_OPPOW); POP(1))
  OPERATION("lua_arith, shift", INTEGER, INTEGER; lua_pushinteger(L, 5); lua_arith(L, LUA_OPSHL); POP(1))
  OPERATION("lua_arith, negative", INTEGER, INTEGER; lua_arith(L, LUA_OPUNM); POP(1))
  OPERATION("lua_arith, complement", INTEGER, INTEGER; lua_arith(L, LUA_OPBNOT); POP(1))
  OPERATION("lua_arith, a string", STRING("10"), lua_pushvalue(L, 1); INTEGER; lua_arith(L, LUA_OPADD); POP(1))
  OPERATION("lua_arith, __add", EVENTS, lua_pushvalue(L, 1); INTEGER; lua_arith(L, LUA_OPADD); POP(1))
  OPERATION("lua_rawequal of integers", INTEGER; INTEGER, TAKE(lua_rawequal(L, 1, 2)))
  OPERATION("lua_rawequal of strings", STRING("x"); STRING("y"), TAKE(lua_rawequal(L, 1, 2)))
  OPERATION("lua_rawequal of long strings", STRING(LONG); STRING(LONG), TAKE(lua_rawequal(L, 1, 2)))
  OPERATION("lua_rawequal, integer and float", INTEGER; lua_pushnumber(L, 42), TAKE(lua_rawequal(L, 1, 2)))
  OPERATION("lua_rawequal of no value", INTEGER, TAKE(lua_rawequal(L, 1, 2)))
  OPERATION("lua_compare, integers equal", INTEGER; INTEGER, TAKE(lua_compare(L, 1, 2, LUA_OPEQ)))
  OPERATION("lua_compare, strings equal", STRING("x"); STRING("x"), TAKE(lua_compare(L, 1, 2, LUA_OPEQ)))
  OPERATION("lua_compare, tables equal", TABLE; TABLE, TAKE(lua_compare(L, 1, 2, LUA_OPEQ)))
  OPERATION("lua_compare, integers less", INTEGER; INTEGER, TAKE(lua_compare(L, 1, 2, LUA_OPLT)))
  OPERATION("lua_compare, floats less or equal", FLOAT; FLOAT, TAKE(lua_compare(L, 1, 2, LUA_OPLE)))
  OPERATION("lua_compare, integer less than float", INTEGER; FLOAT, TAKE(lua_compare(L, 1, 2, LUA_OPLT)))
  OPERATION("lua_compare, strings less", STRING("name"); STRING("other"), TAKE(lua_compare(L, 1, 2, LUA_OPLT)))
  OPERATION("lua_compare, __eq", EVENTS; EVENTS, TAKE(lua_compare(L, 1, 2, LUA_OPEQ)))
  OPERATION("lua_compare, __lt", EVENTS; EVENTS, TAKE(lua_compare(L, 1, 2, LUA_OPLT)))
  OPERATION("lua_concat of two strings", STRING("name"); STRING("other"), lua_pushvalue(L, 1); lua_pushvalue(L, 2); lua_concat(L, 2); POP(1))
  OPERATION("lua_concat of two long strings", STRING(LONG), lua_pushvalue(L, 1); lua_pushvalue(L, 1); lua_concat(L, 2); POP(1))
  OPERATION("lua_concat of four", STRING("name"),
    lua_pushvalue(L, 1); INTEGER; lua_pushvalue(L, 1); INTEGER; lua_concat(L, 4); POP(1))
  OPERATION("lua_concat of an integer and a string", STRING("name"), INTEGER; lua_pushvalue(L, 1); lua_concat(L, 2); POP(1))
  OPERATION("lua_concat of one", STRING("name"), lua_pushvalue(L, 1); lua_concat(L, 1); POP(1))
  OPERATION("lua_concat of none", NOTHING, lua_concat(L, 0); POP(1))
  OPERATION("lua_concat, __concat", EVENTS; STRING("x"), lua_pushvalue(L, 1); lua_pushvalue(L, 2); lua_concat(L, 2); POP(1))
  OPERATION("lua_len of a string", STRING("name"), lua_len(L, 1); POP(1))
  OPERATION("lua_len of a table", TABLE, lua_len(L, 1); POP(1))
  OPERATION("lua_len, __len", EVENTS, lua_len(L, 1); POP(1))
  OPERATION("lua_next, first element", TABLE, lua_pushnil(L); TAKE(lua_next(L, 1)); POP(2))
  OPERATION("lua_next, behind a name", TABLE, STRING("name"); if (lua_next(L, 1)) POP(2))
  OPERATION("lua_next, empty table", lua_newtable(L), lua_pushnil(L); TAKE(lua_next(L, 1)))
}

static void pushing(lua_State *L) {
  OPERATION("lua_pushnil", NOTHING, lua_pushnil(L); POP(1))
  OPERATION("lua_pushinteger", NOTHING, lua_pushinteger(L, i); POP(1))
  OPERATION("lua_pushnumber", NOTHING, lua_pushnumber(L, 4.5); POP(1))
  OPERATION("lua_pushboolean", NOTHING, lua_pushboolean(L, i); POP(1))
  OPERATION("lua_pushlightuserdata", NOTHING, lua_pushlightuserdata(L, L); POP(1))
  OPERATION("lua_pushthread", NOTHING, TAKEN(lua_pushthread(L)))
  OPERATION("lua_pushglobaltable", NOTHING, lua_pushglobaltable(L); POP(1))
  OPERATION("lua_pushcclosure, no upvalues", NOTHING, lua_pushcfunction(L, first); POP(1))
  OPERATION("lua_pushcclosure, one upvalue", NOTHING, INTEGER; lua_pushcclosure(L, first, 1); POP(1))
  OPERATION("lua_pushcclosure, four upvalues", NOTHING, INTEGER; INTEGER; INTEGER; INTEGER; lua_pushcclosure(L, first, 4); POP(1))
  OPERATION("lua_pushlstring, empty", NOTHING, lua_pushlstring(L, "", 0); POP(1))
  OPERATION("lua_pushlstring, 4 bytes", NOTHING, lua_pushlstring(L, "name", 4); POP(1))
  OPERATION("lua_pushlstring, 40 bytes", NOTHING, lua_pushlstring(L, LONG, 40); POP(1))
  OPERATION("lua_pushlstring, long", NOTHING, lua_pushlstring(L, LONG, sizeof LONG - 1); POP(1))
  OPERATION("lua_pushstring", NOTHING, lua_pushstring(L, "name"); POP(1))
  OPERATION("lua_pushstring, long", NOTHING, lua_pushstring(L, LONG); POP(1))
  OPERATION("lua_pushstring of a null pointer", NOTHING, lua_pushstring(L, NULL); POP(1))
  OPERATION("lua_pushfstring without an item", NOTHING, TAKEN(*lua_pushfstring(L, "a plain text")))
  OPERATION("lua_pushfstring, %s", NOTHING, TAKEN(*lua_pushfstring(L, "name '%s'", "x")))
  OPERATION("lua_pushfstring, %d", NOTHING, TAKEN(*lua_pushfstring(L, "number %d", i & 63)))
  OPERATION("lua_pushfstring, %I", NOTHING, TAKEN(*lua_pushfstring(L, "number %I", (LUAI_UACINT)(i & 63))))
  OPERATION("lua_pushfstring, %f", NOTHING, TAKEN(*lua_pushfstring(L, "number %f", (i & 63) + 0.5)))
  OPERATION("lua_pushfstring, %p", NOTHING, TAKEN(*lua_pushfstring(L, "at %p", L)))
  OPERATION("lua_pushfstring, %c and %%", NOTHING, TAKEN(*lua_pushfstring(L, "%%%c", 'x')))
  OPERATION("lua_pushfstring, %U", NOTHING, TAKEN(*lua_pushfstring(L, "%U", 0x20ACL)))
#if LUA_VERSION_NUM >= 505
  OPERATION("lua_pushexternalstring", NOTHING, lua_pushexternalstring(L, LONG, sizeof LONG - 1, NULL, NULL); POP(1))
#endif
}

static void reading(lua_State *L) {
  static const char key = 0;
  OPERATION("lua_getglobal", NOTHING, TAKEN(lua_getglobal(L, "print")))
  OPERATION("lua_gettable, a name", TABLE; STRING("name"), lua_pushvalue(L, 2); TAKEN(lua_gettable(L, 1)))
  OPERATION("lua_gettable, an integer", TABLE, lua_pushinteger(L, 2); TAKEN(lua_gettable(L, 1)))
  OPERATION("lua_gettable, a float", TABLE, FLOAT; TAKEN(lua_gettable(L, 1)))
  OPERATION("lua_getfield", TABLE, TAKEN(lua_getfield(L, 1, "name")))
  OPERATION("lua_getfield, absent", TABLE, TAKEN(lua_getfield(L, 1, "absent")))
  OPERATION("lua_getfield of an upvalue", NOTHING, TAKEN(lua_getfield(L, TABLE_UPVALUE, "name")))
  OPERATION("lua_getfield of the registry", NOTHING, TAKEN(lua_getfield(L, LUA_REGISTRYINDEX, "bench.type")))
  OPERATION("lua_getfield, inherited", HEIR, TAKEN(lua_getfield(L, 1, "name")))
  OPERATION("lua_getfield, __index", EVENTS, TAKEN(lua_getfield(L, 1, "name")))
  OPERATION("lua_getfield of a string", STRING("x"), TAKEN(lua_getfield(L, 1, "len")))
  OPERATION("lua_geti", TABLE, TAKEN(lua_geti(L, 1, 2)))
  OPERATION("lua_geti, hash part", TABLE, TAKEN(lua_geti(L, 1, 1000)))
  OPERATION("lua_geti, __index", EVENTS, TAKEN(lua_geti(L, 1, 2)))
  OPERATION("lua_rawget", TABLE; STRING("name"), lua_pushvalue(L, 2); TAKEN(lua_rawget(L, 1)))
  OPERATION("lua_rawget, a boolean", TABLE, lua_pushboolean(L, 1); TAKEN(lua_rawget(L, 1)))
  OPERATION("lua_rawgeti", TABLE, TAKEN(lua_rawgeti(L, 1, 2)))
  OPERATION("lua_rawgeti of the registry", NOTHING, TAKEN(lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS)))
  OPERATION("lua_rawgetp", TABLE; INTEGER; lua_rawsetp(L, 1, &key), TAKEN(lua_rawgetp(L, 1, &key)))
  OPERATION("lua_createtable", NOTHING, lua_newtable(L); POP(1))
  OPERATION("lua_createtable, 4 elements", NOTHING, lua_createtable(L, 4, 0); POP(1))
  OPERATION("lua_createtable, 4 fields", NOTHING, lua_createtable(L, 0, 4); POP(1))
  OPERATION("lua_newuserdatauv, 16 bytes", NOTHING, lua_newuserdatauv(L, 16, 0); POP(1))
  OPERATION("lua_newuserdatauv, 100 bytes, one value", NOTHING, lua_newuserdatauv(L, 100, 1); POP(1))
  OPERATION("lua_getmetatable", HEIR, TAKEN(lua_getmetatable(L, 1)))
  OPERATION("lua_getmetatable, none", TABLE, TAKE(lua_getmetatable(L, 1)))
  OPERATION("lua_getmetatable of a string", STRING("x"), TAKEN(lua_getmetatable(L, 1)))
  OPERATION("lua_getiuservalue", USERDATA, TAKEN(lua_getiuservalue(L, 1, 1)))
}

static void writing(lua_State *L) {
  static const char key = 0;
  OPERATION("lua_setglobal", NOTHING, INTEGER; lua_setglobal(L, "bench_global"))
  OPERATION("lua_settable, a name", TABLE; STRING("name"), lua_pushvalue(L, 2); INTEGER; lua_settable(L, 1))
  OPERATION("lua_settable, an integer", TABLE, lua_pushinteger(L, 2); INTEGER; lua_settable(L, 1))
  OPERATION("lua_setfield", TABLE, INTEGER; lua_setfield(L, 1, "name"))
  OPERATION("lua_setfield, a string", TABLE; STRING("x"), lua_pushvalue(L, 2); lua_setfield(L, 1, "name"))
  OPERATION("lua_setfield, new and removed", TABLE, INTEGER; lua_setfield(L, 1, "new"); lua_pushnil(L); lua_setfield(L, 1, "new"))
  OPERATION("lua_setfield, __newindex table", HEIR, INTEGER; lua_setfield(L, 1, "name"))
  OPERATION("lua_setfield, __newindex", EVENTS, INTEGER; lua_setfield(L, 1, "name"))
  OPERATION("lua_seti", TABLE, INTEGER; lua_seti(L, 1, 2))
  OPERATION("lua_seti, hash part", TABLE, INTEGER; lua_seti(L, 1, 1000))
  OPERATION("lua_rawset", TABLE; STRING("name"), lua_pushvalue(L, 2); INTEGER; lua_rawset(L, 1))
  OPERATION("lua_rawset, a float", TABLE, FLOAT; INTEGER; lua_rawset(L, 1))
  OPERATION("lua_rawseti", TABLE, INTEGER; lua_rawseti(L, 1, 2))
  OPERATION("lua_rawsetp", TABLE, INTEGER; lua_rawsetp(L, 1, &key))
  OPERATION("lua_setmetatable of a table", TABLE; TABLE, lua_pushvalue(L, 2); lua_setmetatable(L, 1))
  OPERATION("lua_setmetatable of a userdata", USERDATA; TABLE, lua_pushvalue(L, 2); lua_setmetatable(L, 1))
  OPERATION("lua_setmetatable, nil", TABLE, lua_pushnil(L); lua_setmetatable(L, 1))
  OPERATION("lua_setiuservalue", USERDATA, INTEGER; TAKE(lua_setiuservalue(L, 1, 1)))
}

static void calling(lua_State *L) {
  size_t size;
  OPERATION("lua_call of a C function", NOTHING, lua_pushcfunction(L, no_function); lua_call(L, 0, 0))
  OPERATION("lua_call of a C closure", INTEGER; lua_pushcclosure(L, first, 1), lua_pushvalue(L, 1); INTEGER; lua_call(L, 1, 1); POP(1))
  OPERATION("lua_call of a standard function", lua_getglobal(L, "rawlen"); STRING("x"),
    lua_pushvalue(L, 1); lua_pushvalue(L, 2); lua_call(L, 1, 1); POP(1))
  OPERATION("lua_call of a table", EVENTS, lua_pushvalue(L, 1); lua_call(L, 0, 1); POP(1))
  OPERATION("lua_pcall of a C function", NOTHING, lua_pushcfunction(L, no_function); TAKE(lua_pcall(L, 0, 0, 0)))
  OPERATION("lua_pcall with a handler", lua_pushcfunction(L, first), lua_pushcfunction(L, no_function); TAKE(lua_pcall(L, 0, 0, 1)))
  OPERATION("lua_error", NOTHING, lua_pushcfunction(L, fails_by_value); TAKEN(lua_pcall(L, 0, 0, 0)))
  OPERATION("lua_error with a handler", lua_pushcfunction(L, first), lua_pushcfunction(L, fails_by_value); TAKEN(lua_pcall(L, 0, 0, 1)))
  OPERATION("luaL_error", NOTHING, lua_pushcfunction(L, fails_by_error); TAKEN(lua_pcall(L, 0, 0, 0)))
  OPERATION("luaL_argerror", NOTHING, lua_pushcfunction(L, fails_by_argument); TAKEN(lua_pcall(L, 0, 0, 0)))
  OPERATION("luaL_typeerror", NOTHING, lua_pushcfunction(L, fails_by_type); TAKEN(lua_pcall(L, 0, 0, 0)))
  OPERATION("luaL_loadstring", NOTHING, TAKEN(luaL_loadstring(L, "return 1")))
  OPERATION("luaL_loadbufferx", STRING("local a, b = ... if a then return b else return a, b, 'text', 4.5 end"),
    const char *source = lua_tolstring(L, 1, &size); TAKEN(luaL_loadbuffer(L, source, size, "=chunk")))
  OPERATION("luaL_loadbufferx, syntax error", STRING("return return"),
    const char *source = lua_tolstring(L, 1, &size); TAKEN(luaL_loadbuffer(L, source, size, "=chunk")))
  OPERATION("luaL_loadbufferx, binary", binary_chunk(L),
    const char *chunk = lua_tolstring(L, 1, &size); TAKEN(luaL_loadbuffer(L, chunk, size, "=chunk")))
  OPERATION("lua_load", NOTHING, const char *source = "return 1"; TAKEN(lua_load(L, reader, &source, "=chunk", NULL)))
  OPERATION("lua_dump", LUA_FUNCTION, size = 0; lua_dump(L, writer, &size, 0); TAKE(size > 0))
  OPERATION("lua_dump, stripped", LUA_FUNCTION, size = 0; lua_dump(L, writer, &size, 1); TAKE(size > 0))
  OPERATION("lua_newthread", NOTHING, lua_newthread(L); POP(1))
  OPERATION("lua_resume of a C function", lua_newthread(L),
    lua_State *T = lua_tothread(L, 1); int results; lua_pushcfunction(T, no_function); TAKE(lua_resume(T, L, 0, &results)))
  OPERATION("lua_closethread", lua_newthread(L), lua_State *T = lua_tothread(L, 1); int results;
    lua_pushcfunction(T, yield_once); TAKE(lua_resume(T, L, 0, &results)); TAKE(lua_closethread(T, L)); lua_settop(T, 0))
  OPERATION("lua_status", NOTHING, TAKE(lua_status(L)))
  OPERATION("lua_isyieldable", NOTHING, TAKE(lua_isyieldable(L)))
  OPERATION("lua_toclose, lua_closeslot", EVENTS, lua_pushvalue(L, 1); lua_toclose(L, 2); lua_closeslot(L, 2); POP(1))
  OPERATION("lua_toclose, lua_settop", EVENTS, lua_pushvalue(L, 1); lua_toclose(L, 2); POP(1))
}

static void the_state(lua_State *L) {
  void *data;
  OPERATION("lua_gc, LUA_GCCOUNT", NOTHING, TAKE(lua_gc(L, LUA_GCCOUNT) > 0))
  OPERATION("lua_gc, LUA_GCCOUNTB", NOTHING, TAKE(lua_gc(L, LUA_GCCOUNTB) >= 0))
  OPERATION("lua_gc, LUA_GCISRUNNING", NOTHING, TAKE(lua_gc(L, LUA_GCISRUNNING)))
  OPERATION("lua_gc, stopped and restarted", NOTHING, lua_gc(L, LUA_GCSTOP); lua_gc(L, LUA_GCRESTART))
#if LUA_VERSION_NUM >= 505
  OPERATION("lua_gc, LUA_GCPARAM", NOTHING, TAKE(lua_gc(L, LUA_GCPARAM, LUA_GCPPAUSE, -1)))
#else
  OPERATION("lua_gc, LUA_GCSETPAUSE", NOTHING, TAKE(lua_gc(L, LUA_GCSETPAUSE, 200)))
  OPERATION("lua_setcstacklimit", NOTHING, TAKE(lua_setcstacklimit(L, 200)))
#endif
  OPERATION("lua_getallocf", NOTHING, TAKE(lua_getallocf(L, &data) != NULL))
  OPERATION("lua_setallocf", NOTHING, lua_Alloc f = lua_getallocf(L, &data); lua_setallocf(L, f, data))
  OPERATION("lua_atpanic", NOTHING, lua_atpanic(L, lua_atpanic(L, NULL)))
  OPERATION("lua_version", NOTHING, TAKE(lua_version(L)))
  OPERATION("lua_setwarnf", NOTHING, lua_setwarnf(L, warning, NULL))
  OPERATION("lua_warning", lua_setwarnf(L, warning, NULL), lua_warning(L, "message", 0))
}

static void debugging(lua_State *L) {
  lua_Debug ar;
  const char *name;
  memset(&ar, 0, sizeof ar);
  OPERATION("lua_getstack, level 0", NOTHING, TAKE(lua_getstack(L, 0, &ar)))
  OPERATION("lua_getstack, level 1", NOTHING, TAKE(lua_getstack(L, 1, &ar)))
  OPERATION("lua_getstack, no such level", NOTHING, TAKE(lua_getstack(L, 10, &ar)))
#define INFO(OPTIONS) \
  OPERATION("lua_getinfo, " OPTIONS, lua_getstack(L, 1, &ar), TAKE(lua_getinfo(L, OPTIONS, &ar)); TAKE(ar.currentline))
  INFO("n")
  INFO("S")
  INFO("l")
  INFO("u")
  INFO("t")
  INFO("r")
  INFO("Sl")
  INFO("nSl")
  INFO("nSlutr")
  OPERATION("lua_getinfo, f", lua_getstack(L, 1, &ar), TAKEN(lua_getinfo(L, "f", &ar)))
  OPERATION("lua_getinfo, L", lua_getstack(L, 1, &ar), TAKEN(lua_getinfo(L, "L", &ar)))
  OPERATION("lua_getinfo, n of a C function", lua_getstack(L, 0, &ar), TAKE(lua_getinfo(L, "n", &ar)); TAKE(*ar.name))
  OPERATION("lua_getinfo, S of a C function", lua_getstack(L, 0, &ar), TAKE(lua_getinfo(L, "S", &ar)))
  OPERATION("lua_getinfo, >S", LUA_FUNCTION, lua_pushvalue(L, 1); TAKE(lua_getinfo(L, ">S", &ar)); TAKE(ar.linedefined))
  OPERATION("lua_getinfo, >u", LUA_FUNCTION, lua_pushvalue(L, 1); TAKE(lua_getinfo(L, ">u", &ar)); TAKE(ar.nparams))
  OPERATION("lua_getlocal", lua_getstack(L, 1, &ar), name = lua_getlocal(L, &ar, 2); TAKEN(*name))
  OPERATION("lua_getlocal, none", lua_getstack(L, 1, &ar), TAKE(lua_getlocal(L, &ar, 100) == NULL))
  OPERATION("lua_getlocal of a function", LUA_FUNCTION, lua_pushvalue(L, 1); TAKE(*lua_getlocal(L, NULL, 2)); POP(1))
  OPERATION("lua_setlocal", lua_getstack(L, 1, &ar), INTEGER; TAKE(*lua_setlocal(L, &ar, 2)))
  OPERATION("lua_getupvalue", push_value(L, "(function() local a, b = 1, 2 return function() return a, b end end)()"),
    TAKEN(*lua_getupvalue(L, 1, 2)))
  OPERATION("lua_getupvalue of a C function", INTEGER; lua_pushcclosure(L, first, 1), name = lua_getupvalue(L, 1, 1); TAKEN(*name))
  OPERATION("lua_getupvalue, none", LUA_FUNCTION, TAKE(lua_getupvalue(L, 1, 9) == NULL))
  OPERATION("lua_setupvalue", push_value(L, "(function() local a, b = 1, 2 return function() return a, b end end)()"),
    INTEGER; TAKE(*lua_setupvalue(L, 1, 2)))
  OPERATION("lua_setupvalue of a C function", INTEGER; lua_pushcclosure(L, first, 1), INTEGER; TAKE(*lua_setupvalue(L, 1, 1)))
  OPERATION("lua_upvalueid", push_value(L, "(function() local a, b = 1, 2 return function() return a, b end end)()"),
    TAKE(lua_upvalueid(L, 1, 2) != NULL))
  OPERATION("lua_upvalueid of a C function", INTEGER; lua_pushcclosure(L, first, 1), TAKE(lua_upvalueid(L, 1, 1) != NULL))
  OPERATION("lua_upvaluejoin", push_value(L, "(function() local a, b = 1, 2 return function() return a, b end end)()"),
    lua_upvaluejoin(L, 1, 1, 1, 2))
  OPERATION("lua_sethook", NOTHING, lua_sethook(L, hook, 0, 0))
  OPERATION("lua_gethook", NOTHING, TAKE(lua_gethook(L) != NULL))
  OPERATION("lua_gethookmask", NOTHING, TAKE(lua_gethookmask(L)))
  OPERATION("lua_gethookcount", NOTHING, TAKE(lua_gethookcount(L)))
}

static void arguments(lua_State *L) {
  static const char *const options[] = {"first", "second", "third", NULL};
  size_t length;
  OPERATION("luaL_checkinteger", INTEGER, TAKE(luaL_checkinteger(L, 1)))
  OPERATION("luaL_checkinteger of a float", lua_pushnumber(L, 3.0), TAKE(luaL_checkinteger(L, 1)))
  OPERATION("luaL_checkinteger of '12'", STRING("12"), TAKE(luaL_checkinteger(L, 1)))
  OPERATION("luaL_optinteger", INTEGER, TAKE(luaL_optinteger(L, 1, 7)))
  OPERATION("luaL_optinteger of no value", NOTHING, TAKE(luaL_optinteger(L, 1, 7)))
  OPERATION("luaL_checknumber", FLOAT, TAKE(luaL_checknumber(L, 1)))
  OPERATION("luaL_checknumber of an integer", INTEGER, TAKE(luaL_checknumber(L, 1)))
  OPERATION("luaL_optnumber of no value", NOTHING, TAKE(luaL_optnumber(L, 1, 7)))
  OPERATION("luaL_checklstring", STRING("name"), TAKE(*luaL_checklstring(L, 1, &length)))
  OPERATION("luaL_optlstring", STRING("name"), TAKE(*luaL_optlstring(L, 1, "x", &length)))
  OPERATION("luaL_optlstring of no value", NOTHING, TAKE(*luaL_optlstring(L, 1, "default", &length)))
  OPERATION("luaL_checkoption, first", STRING("first"), TAKE(luaL_checkoption(L, 1, NULL, options)))
  OPERATION("luaL_checkoption, third", STRING("third"), TAKE(luaL_checkoption(L, 1, NULL, options)))
  OPERATION("luaL_checkoption of no value", NOTHING, TAKE(luaL_checkoption(L, 1, "second", options)))
  OPERATION("luaL_checkstack", NOTHING, luaL_checkstack(L, 10, "message"))
  OPERATION("luaL_checktype", TABLE, luaL_checktype(L, 1, LUA_TTABLE))
  OPERATION("luaL_checkany", TABLE, luaL_checkany(L, 1))
  OPERATION("luaL_checkudata", USERDATA, TAKE(luaL_checkudata(L, 1, "bench.type") != NULL))
  OPERATION("luaL_testudata", USERDATA, TAKE(luaL_testudata(L, 1, "bench.type") != NULL))
  OPERATION("luaL_testudata of another", USERDATA, TAKE(luaL_testudata(L, 1, "bench.other") != NULL))
  OPERATION("luaL_testudata of a table", TABLE, TAKE(luaL_testudata(L, 1, "bench.type") != NULL))
  OPERATION("luaL_checkversion", NOTHING, luaL_checkversion(L))
}

static void auxiliary(lua_State *L) {
  OPERATION("luaL_newmetatable", NOTHING, TAKEN(luaL_newmetatable(L, "bench.new")); lua_pushnil(L); lua_setfield(L, LUA_REGISTRYINDEX, "bench.new"))
  OPERATION("luaL_newmetatable, known", NOTHING, TAKEN(luaL_newmetatable(L, "bench.type")))
  OPERATION("luaL_setmetatable", USERDATA, luaL_setmetatable(L, "bench.type"))
  OPERATION("luaL_getmetafield", HEIR, TAKEN(luaL_getmetafield(L, 1, "__name")))
  OPERATION("luaL_getmetafield, absent", HEIR, TAKE(luaL_getmetafield(L, 1, "__call")))
  OPERATION("luaL_getmetafield, no metatable", TABLE, TAKE(luaL_getmetafield(L, 1, "__call")))
  OPERATION("luaL_callmeta", EVENTS, TAKEN(luaL_callmeta(L, 1, "__tostring")))
  OPERATION("luaL_callmeta, absent", TABLE, TAKE(luaL_callmeta(L, 1, "__tostring")))
  OPERATION("luaL_tolstring of a string", STRING("x"), TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring of an integer", INTEGER, TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring of a float", FLOAT, TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring of nil", lua_pushnil(L), TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring of a boolean", lua_pushboolean(L, 1), TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring of a table", TABLE, TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring, __name", HEIR, TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_tolstring, __tostring", EVENTS, TAKEN(*luaL_tolstring(L, 1, NULL)))
  OPERATION("luaL_len of a table", TABLE, TAKE(luaL_len(L, 1)))
  OPERATION("luaL_len of a string", STRING("name"), TAKE(luaL_len(L, 1)))
  OPERATION("luaL_where, level 1", NOTHING, luaL_where(L, 1); POP(1))
  OPERATION("luaL_where, level 0", NOTHING, luaL_where(L, 0); POP(1))
  OPERATION("luaL_traceback", NOTHING, luaL_traceback(L, L, "message", 0); POP(1))
  OPERATION("luaL_traceback of another thread", lua_newthread(L), luaL_traceback(L, lua_tothread(L, 1), NULL, 0); POP(1))
  OPERATION("luaL_fileresult", NOTHING, TAKEN(luaL_fileresult(L, 1, NULL)))
  OPERATION("luaL_fileresult, an error", NOTHING, errno = ENOENT; TAKE(luaL_fileresult(L, 0, "name")); POP(3))
  OPERATION("luaL_execresult", NOTHING, TAKE(luaL_execresult(L, 0)); POP(3))
  OPERATION("luaL_ref, luaL_unref", TABLE, INTEGER; luaL_unref(L, 1, luaL_ref(L, 1)))
  OPERATION("luaL_ref of nil", TABLE, lua_pushnil(L); TAKE(luaL_ref(L, 1)))
  OPERATION("luaL_gsub", NOTHING, TAKEN(*luaL_gsub(L, "a.b.c", ".", "/")))
  OPERATION("luaL_setfuncs", lua_newtable(L), luaL_setfuncs(L, three_functions, 0))
  OPERATION("luaL_setfuncs, an upvalue", lua_newtable(L), INTEGER; luaL_setfuncs(L, three_functions, 1))
  OPERATION("luaL_newlib", NOTHING, luaL_newlib(L, three_functions); POP(1))
  OPERATION("luaL_getsubtable", NOTHING, TAKEN(luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE)))
  OPERATION("luaL_getsubtable, new", lua_newtable(L), TAKEN(luaL_getsubtable(L, 1, "new")); lua_pushnil(L); lua_setfield(L, 1, "new"))
  OPERATION("luaL_requiref, loaded", NOTHING, luaL_requiref(L, "string", luaopen_string, 0); POP(1))
  OPERATION("luaL_requiref, loaded, global", NOTHING, luaL_requiref(L, "string", luaopen_string, 1); POP(1))
  OPERATION("luaL_requiref, new", luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE),
    luaL_requiref(L, "bench.module", text, 0); lua_pushnil(L); lua_setfield(L, 1, "bench.module"); POP(1))
}

static void buffers(lua_State *L) {
  luaL_Buffer b;
  OPERATION("luaL_pushresult, empty", NOTHING, luaL_buffinit(L, &b); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addlstring, 4 bytes", NOTHING, luaL_buffinit(L, &b); luaL_addlstring(&b, "name", 4); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addstring, two", NOTHING,
    luaL_buffinit(L, &b); luaL_addstring(&b, "name"); luaL_addstring(&b, "other"); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addchar, two", NOTHING, luaL_buffinit(L, &b); luaL_addchar(&b, 'a'); luaL_addchar(&b, 'b'); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addvalue of a string", STRING("name"), luaL_buffinit(L, &b); lua_pushvalue(L, 1); luaL_addvalue(&b); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addvalue of an integer", NOTHING, luaL_buffinit(L, &b); INTEGER; luaL_addvalue(&b); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_addgsub", NOTHING, luaL_buffinit(L, &b); luaL_addgsub(&b, "a.b.c", ".", "/"); luaL_pushresult(&b); POP(1))
  OPERATION("luaL_prepbuffsize", NOTHING, luaL_buffinit(L, &b); *luaL_prepbuffsize(&b, 100) = 'x'; luaL_pushresultsize(&b, 1); POP(1))
  OPERATION("luaL_buffinitsize, 5,000 bytes", NOTHING, memset(luaL_buffinitsize(L, &b, 5000), 'x', 5000); luaL_pushresultsize(&b, 5000); POP(1))
}

/* Does what is chosen. Upvalues: an integer, a table. */
static int operations(lua_State *L) {
  stack_and_types(L);
  conversions(L);
  operators(L);
  pushing(L);
  reading(L);
  writing(L);
  calling(L);
  the_state(L);
  debugging(L);
  arguments(L);
  auxiliary(L);
  buffers(L);
  return 0;
}

/* A batch is to take some four milliseconds. */
#define ENOUGH 4e6

/* Argument: a Lua function that calls `operations`. */
static int measure(lua_State *L) {
  double figures[BATCHES];
  int i;
#define BATCH (lua_pushvalue(L, 1), lua_call(L, 0, 0))
  count = 10;
  BATCH;
  if (mode == MEASURE && begun != 0) {
    for (count = 100; BATCH, spent < ENOUGH / 8; count *= 4)
      continue;
    count = (int)(count * ENOUGH / spent) + 1;
    for (i = 0; i < BATCHES; i++) {
      BATCH;
      figures[i] = spent / count;
    }
    printf("%.2f\n", median(figures));
  }
  return 0;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (L == NULL)
    return 1;
  if (argc == 2 && strcmp(argv[1], "-l") == 0)
    mode = LIST;
  else if (argc == 2 && strcmp(argv[1], "-c") == 0)
    mode = CHECK;
  else if (argc == 3 && strcmp(argv[1], "-m") == 0)
    mode = MEASURE, wanted = argv[2];
  else
    return 2;
  luaL_openlibs(L);
  luaL_newmetatable(L, "bench.type");
  luaL_newmetatable(L, "bench.other");
  lua_settop(L, 0);
  lua_pushcfunction(L, measure);
  push_value(L, "function(operations) return function() local a, b, c = 1, 2, 3 operations() return a, b, c end end");
  INTEGER;
  TABLE;
  lua_pushcclosure(L, operations, 2);
  lua_call(L, 1, 1);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return 1;
  }
  if (mode == CHECK)
    printf("checksum %.0f\n", (double)checksum);
  lua_close(L);
  return mode == MEASURE && begun == 0 ? 2 : 0;
}
