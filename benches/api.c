/*
** What the operations of the C API cost.
**
**   usage: api -l          lists the operations
**          api -m NAME     measures one: prints the nanoseconds of processor time that it takes
**
** An operation runs in a state with the standard libraries open, inside a protected call: `setup` leaves at index 1
** what `run` needs, `run` does the operation `count` times and checks what came of it. The figure is the median of
** BATCHES such runs, after one that is not counted.
*/

#include "measuring.h"

typedef struct Operation {
  const char *name;
  int count;
  void (*setup)(lua_State *L);
  void (*run)(lua_State *L, int count);
} Operation;

static void nothing(lua_State *L) {
  (void)L;
}

static void new_table(lua_State *L) {
  lua_newtable(L);
}

/* --- values and strings --- */

static void push_to_pop(lua_State *L, int count) {
  lua_Integer sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    lua_pushinteger(L, i);
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  expect(L, sum == (lua_Integer)count * (count - 1) / 2);
}

static void push_short_string(lua_State *L, int count) {
  char text[] = "a-short-name-00";
  size_t length, sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    text[13] = (char)('0' + i % 10);
    lua_pushlstring(L, text, 15);
    lua_tolstring(L, -1, &length);
    sum += length;
    lua_pop(L, 1);
  }
  expect(L, sum == 15 * (size_t)count);
}

static void push_long_string(lua_State *L, int count) {
  char text[200];
  size_t length, sum = 0;
  int i;
  memset(text, 'x', sizeof text);
  for (i = 0; i < count; i++) {
    text[0] = (char)('0' + i % 10);
    lua_pushlstring(L, text, sizeof text);
    lua_tolstring(L, -1, &length);
    sum += length;
    lua_pop(L, 1);
  }
  expect(L, sum == 200 * (size_t)count);
}

static void push_formatted(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    const char *text = lua_pushfstring(L, "%s:%d: in %s", "file", i & 1023, "main");
    expect(L, text[0] == 'f');
    lua_pop(L, 1);
  }
}

static void buffer_by_string(lua_State *L, int count) {
  int i, k;
  for (i = 0; i < count; i++) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (k = 0; k < 100; k++)
      luaL_addlstring(&buffer, "0123456789abcdef", 16);
    luaL_pushresult(&buffer);
    expect(L, lua_rawlen(L, -1) == 1600);
    lua_pop(L, 1);
  }
}

static void buffer_by_char(lua_State *L, int count) {
  int i, k;
  for (i = 0; i < count; i++) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (k = 0; k < 1600; k++)
      luaL_addchar(&buffer, (char)('a' + k % 16));
    luaL_pushresult(&buffer);
    expect(L, lua_rawlen(L, -1) == 1600);
    lua_pop(L, 1);
  }
}

/* --- tables and userdata --- */

static void set_get_field(lua_State *L, int count) {
  lua_Integer sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    lua_pushinteger(L, i);
    lua_setfield(L, 1, "field");
    lua_getfield(L, 1, "field");
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  expect(L, sum == (lua_Integer)count * (count - 1) / 2);
}

static void raw_set_get_integer(lua_State *L, int count) {
  lua_Integer sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    lua_pushinteger(L, i);
    lua_rawseti(L, 1, 1 + (i & 63));
    lua_rawgeti(L, 1, 1 + (i & 63));
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  expect(L, sum == (lua_Integer)count * (count - 1) / 2);
}

static void table_of_64(lua_State *L) {
  int i;
  lua_newtable(L);
  for (i = 1; i <= 64; i++) {
    lua_pushfstring(L, "key%d", i);
    lua_pushinteger(L, i);
    lua_rawset(L, 1);
  }
}

static void traverse(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    lua_Integer sum = 0;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
      sum += lua_tointeger(L, -1);
      lua_pop(L, 1);
    }
    expect(L, sum == 64 * 65 / 2);
  }
}

static void table_with_fields(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, i);
    lua_setfield(L, -2, "id");
    lua_pushnumber(L, 0.5);
    lua_setfield(L, -2, "weight");
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "alive");
    lua_pushliteral(L, "monster");
    lua_setfield(L, -2, "kind");
    lua_pop(L, 1);
  }
}

static void new_type(lua_State *L) {
  luaL_newmetatable(L, "bench.type");
}

static void userdata(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    int *block = (int *)lua_newuserdatauv(L, sizeof(int), 0);
    luaL_setmetatable(L, "bench.type");
    expect(L, luaL_checkudata(L, -1, "bench.type") == (void *)block);
    lua_pop(L, 1);
  }
}

static void reference(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    int ref;
    lua_pushvalue(L, 1);
    ref = luaL_ref(L, LUA_REGISTRYINDEX);
    luaL_unref(L, LUA_REGISTRYINDEX, ref);
  }
}

/* --- calls --- */

static void lua_function(lua_State *L) {
  push_value(L, "function(a, b) return a + b end");
}

static void call_lua(lua_State *L, int count) {
  lua_Integer sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, i);
    lua_pushinteger(L, 1);
    lua_call(L, 2, 1);
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  expect(L, sum == (lua_Integer)count * (count + 1) / 2);
}

static void pcall_lua(lua_State *L, int count) {
  lua_Integer sum = 0;
  int i;
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, i);
    lua_pushinteger(L, 1);
    expect(L, lua_pcall(L, 2, 1, 0) == LUA_OK);
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  expect(L, sum == (lua_Integer)count * (count + 1) / 2);
}

static int add(lua_State *L) {
  lua_pushinteger(L, lua_tointeger(L, 1) + 1);
  return 1;
}

static int check_arguments(lua_State *L) {
  size_t length;
  lua_Integer integer = luaL_checkinteger(L, 1);
  lua_Number number = luaL_checknumber(L, 2);
  luaL_checklstring(L, 3, &length);
  luaL_checktype(L, 4, LUA_TTABLE);
  lua_pushinteger(L, integer + (number > 0) + (length == 4) + luaL_optinteger(L, 5, -1));
  return 1;
}

static void loop_over_add(lua_State *L) {
  push_value(L, "function(f, n) local x = 0 for _ = 1, n do x = f(x) end return x end");
  lua_pushcfunction(L, add);
}

static void loop_over_check(lua_State *L) {
  push_value(L, "function(f, n) local t, x = {}, 0 for _ = 1, n do x = f(x, 1.5, 'name', t) end return x end");
  lua_pushcfunction(L, check_arguments);
}

/* Index 1 is a loop, index 2 the C function that it calls. */
static void call_loop(lua_State *L, int count) {
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushinteger(L, count);
  lua_call(L, 2, 1);
  expect(L, lua_tointeger(L, -1) == count);
  lua_pop(L, 1);
}

static int fail(lua_State *L) {
  return luaL_error(L, "%s", "failed");
}

static void failing_function(lua_State *L) {
  lua_pushcfunction(L, fail);
}

static void pcall_error(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, 1);
    expect(L, lua_pcall(L, 0, 0, 0) == LUA_ERRRUN);
    lua_pop(L, 1);
  }
}

static int continuation(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return luaL_error(L, "nothing yields here");
}

/* Arguments: a Lua function, how often it is to be called. */
static int pcallk_loop(lua_State *L) {
  int count = (int)lua_tointeger(L, 2);
  int i;
  expect(L, lua_isyieldable(L));
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, i);
    lua_pushinteger(L, 1);
    expect(L, lua_pcallk(L, 2, 1, 0, 0, continuation) == LUA_OK);
    lua_pop(L, 1);
  }
  return 0;
}

static void pcallk_lua(lua_State *L, int count) {
  lua_State *thread = lua_newthread(L);
  int results;
  lua_pushcfunction(thread, pcallk_loop);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  lua_pushinteger(thread, count);
  expect(L, lua_resume(thread, L, 2, &results) == LUA_OK);
  lua_pop(L, 1);
}

/* --- coroutines --- */

static int yield_again(lua_State *L, int status, lua_KContext context) {
  (void)status;
  lua_settop(L, 0);
  lua_pushinteger(L, 1);
  return lua_yieldk(L, 1, context, yield_again);
}

static int yield_first(lua_State *L) {
  return yield_again(L, LUA_OK, 0);
}

static void lua_coroutine(lua_State *L) {
  lua_State *thread = lua_newthread(L);
  push_value(L, "function() local yield = coroutine.yield while true do yield(1) end end");
  lua_xmove(L, thread, 1);
}

static void c_coroutine(lua_State *L) {
  lua_State *thread = lua_newthread(L);
  lua_pushcfunction(thread, yield_first);
}

static void resume_yield(lua_State *L, int count) {
  lua_State *thread = lua_tothread(L, 1);
  lua_Integer sum = 0;
  int i, results;
  for (i = 0; i < count; i++) {
    expect(L, lua_resume(thread, L, 0, &results) == LUA_YIELD && results == 1);
    sum += lua_tointeger(thread, -1);
    lua_pop(thread, results);
  }
  expect(L, sum == count);
}

static void thread_life(lua_State *L, int count) {
  int i, results;
  for (i = 0; i < count; i++) {
    lua_State *thread = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, i);
    lua_pushinteger(L, 1);
    lua_xmove(L, thread, 3);
    expect(L, lua_resume(thread, L, 2, &results) == LUA_OK && results == 1);
    lua_pop(L, 1);
  }
}

/* --- compiling, and whole states --- */

static const char unit[] =
    "local function step%d(self, dt, ...)\n"
    "  local x, y = self.x + self.dx * dt, self.y - 0x10\n"
    "  if x > 100 and not self.frozen then self:bounce('wall', x %% 7) elseif y ~= nil then y = y // 2 end\n"
    "  for i, v in ipairs { x, y, name = \"step\", [3] = select('#', ...) } do self[i] = (v or 0) .. \"\" end\n"
    "  return function(a) return a and a + x or #self.items end -- closes over x\n"
    "end\n";

static void source_text(lua_State *L) {
  luaL_Buffer buffer;
  size_t length = 0;
  int i;
  luaL_buffinit(L, &buffer);
  for (i = 1; length < 60 * 1024; i++) {
    char part[sizeof unit + 16];
    int added = sprintf(part, unit, i);
    luaL_addlstring(&buffer, part, (size_t)added);
    length += (size_t)added;
  }
  luaL_pushresult(&buffer);
}

static void compile(lua_State *L, int count) {
  size_t length;
  const char *text = lua_tolstring(L, 1, &length);
  int i;
  for (i = 0; i < count; i++) {
    expect(L, luaL_loadbuffer(L, text, length, "=source") == LUA_OK);
    lua_pop(L, 1);
  }
}

static void state_life(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    lua_State *other = luaL_newstate();
    expect(L, other != NULL);
    lua_close(other);
  }
}

static void state_life_with_libraries(lua_State *L, int count) {
  int i;
  for (i = 0; i < count; i++) {
    lua_State *other = luaL_newstate();
    expect(L, other != NULL);
    luaL_openlibs(other);
    lua_close(other);
  }
}

static const Operation operations[] = {
  {"push, to, pop of an integer", 2000000, nothing, push_to_pop},
  {"pushlstring, 15 bytes", 500000, nothing, push_short_string},
  {"pushlstring, 200 bytes", 200000, nothing, push_long_string},
  {"pushfstring, three parts", 100000, nothing, push_formatted},
  {"setfield and getfield", 300000, new_table, set_get_field},
  {"rawseti and rawgeti", 1000000, new_table, raw_set_get_integer},
  {"next over 64 fields", 20000, table_of_64, traverse},
  {"createtable, 4 fields set", 50000, nothing, table_with_fields},
  {"userdata, metatable, checkudata", 100000, new_type, userdata},
  {"ref and unref", 500000, new_table, reference},
  {"call of a Lua function", 400000, lua_function, call_lua},
  {"pcall of a Lua function", 400000, lua_function, pcall_lua},
  {"pcallk of a Lua function", 400000, lua_function, pcallk_lua},
  {"C function called from Lua", 500000, loop_over_add, call_loop},
  {"C function that checks 5 arguments", 200000, loop_over_check, call_loop},
  {"C error caught by pcall", 80000, failing_function, pcall_error},
  {"resume and yield, Lua function", 300000, lua_coroutine, resume_yield},
  {"resume and yield, C function", 300000, c_coroutine, resume_yield},
  {"thread created, resumed, finished", 50000, lua_function, thread_life},
  {"luaL_Buffer, 100 strings of 16 bytes", 10000, nothing, buffer_by_string},
  {"luaL_Buffer, 1600 characters", 10000, nothing, buffer_by_char},
  {"compile 60 KB", 10, source_text, compile},
  {"newstate, close", 4000, nothing, state_life},
  {"newstate, openlibs, close", 800, nothing, state_life_with_libraries},
};

/* --- measuring --- */

/* Argument: an Operation. */
static int measure(lua_State *L) {
  const Operation *operation = (const Operation *)lua_touserdata(L, 1);
  double spent[BATCHES];
  int i;
  lua_settop(L, 0);
  operation->setup(L);
  operation->run(L, operation->count / 10 + 1);
  for (i = 0; i < BATCHES; i++) {
    double start = cpu_nanoseconds();
    operation->run(L, operation->count);
    spent[i] = (cpu_nanoseconds() - start) / operation->count;
  }
  lua_pushnumber(L, median(spent));
  return 1;
}

static int print_measured(const Operation *operation) {
  lua_State *L = luaL_newstate();
  if (L == NULL)
    return 1;
  luaL_openlibs(L);
  lua_pushcfunction(L, measure);
  lua_pushlightuserdata(L, (void *)operation);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s: %s\n", operation->name, lua_tostring(L, -1));
    return 1;
  }
  printf("%.1f\n", lua_tonumber(L, -1));
  lua_close(L);
  return 0;
}

int main(int argc, char **argv) {
  int list = argc == 2 && strcmp(argv[1], "-l") == 0;
  size_t i;
  for (i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    if (list)
      puts(operations[i].name);
    else if (argc == 3 && strcmp(operations[i].name, argv[2]) == 0)
      return print_measured(&operations[i]);
  }
  return list ? 0 : 2;
}
