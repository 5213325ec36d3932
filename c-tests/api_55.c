/*
** What edition 5.5 added to the API or changed in it.
*/
#include "harness.h"

#if LUA_VERSION_NUM >= 505

#include <math.h>

TEST(a_state_takes_any_seed) {
  unsigned seeds[] = {0, 1, 0xFFFFFFFFu, 0};
  size_t i;
  seeds[3] = luaL_makeseed(NULL);
  for (i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
    lua_State *other = lua_newstate(luaL_alloc, NULL, seeds[i]);
    luaL_openlibs(other);
    printf("%d", luaL_dostring(other, "local t = {} for i = 1, 100 do t['k' .. i] = i end return t.k7 + t.k100"));
    printf(" %s\n", lua_tostring(other, -1));
    lua_close(other);
  }
  luaL_makeseed(L);
}

TEST(the_allocator_of_newstate_is_luaL_alloc) {
  void *ud = L;
  lua_State *other = luaL_newstate();
  char *block;
  printf("%d", lua_getallocf(other, &ud) == luaL_alloc);
  printf(" %d\n", ud == NULL);
  lua_close(other);
  block = (char *)luaL_alloc(NULL, NULL, 0, 10);
  strcpy(block, "kept");
  block = (char *)luaL_alloc(NULL, block, 10, 10000);
  printf("%s\n", block);
  printf("%d\n", luaL_alloc(NULL, block, 10000, 0) == NULL);
  printf("%d\n", luaL_alloc(NULL, NULL, 0, 0) == NULL);
}

TEST(the_registry_from_the_start) {
  lua_State *other = lua_newstate(luaL_alloc, NULL, 0);
  int i;
  for (i = 0; i <= LUA_RIDX_LAST + 1; i++)
    printf("%d %s\n", i, lua_typename(other, lua_rawgeti(other, LUA_REGISTRYINDEX, i)));
  lua_rawgeti(other, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  printf("%d", lua_tothread(other, -1) == other);
  lua_pushglobaltable(other);
  lua_rawgeti(other, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  printf(" %d %d\n", lua_rawequal(other, -1, -2), (int)lua_rawlen(other, LUA_REGISTRYINDEX));
  lua_close(other);
  (void)L;
}

TEST(references_in_the_registry) {
  int first, second, third;
  lua_pushliteral(L, "first");
  first = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushliteral(L, "second");
  second = luaL_ref(L, LUA_REGISTRYINDEX);
  printf("%d %d\n", second - first, first > LUA_RIDX_LAST);
  luaL_unref(L, LUA_REGISTRYINDEX, first);
  luaL_unref(L, LUA_REGISTRYINDEX, second);
  lua_pushliteral(L, "third");
  third = luaL_ref(L, LUA_REGISTRYINDEX);
  printf("%d ", third == second);
  lua_pushliteral(L, "fourth");
  printf("%d\n", luaL_ref(L, LUA_REGISTRYINDEX) == first);
  lua_rawgeti(L, LUA_REGISTRYINDEX, third);
  show_stack(L, "third");
}

TEST(references_in_a_table) {
  int i, refs[5];
  lua_newtable(L);
  for (i = 0; i < 5; i++) {
    lua_pushinteger(L, i * 10);
    refs[i] = luaL_ref(L, 1);
    printf("%d ", refs[i]);
  }
  lua_pushnil(L);
  printf("%d %d\n", luaL_ref(L, 1), (int)lua_rawlen(L, 1));
  luaL_unref(L, 1, refs[1]);
  luaL_unref(L, 1, refs[3]);
  luaL_unref(L, 1, LUA_NOREF);
  luaL_unref(L, 1, LUA_REFNIL);
  for (i = 1; i <= (int)lua_rawlen(L, 1); i++) {
    lua_rawgeti(L, 1, i);
    show(L, -1);
    printf(" ");
    lua_pop(L, 1);
  }
  for (i = 0; i < 3; i++) {
    lua_pushboolean(L, 1);
    printf("%d ", luaL_ref(L, 1));
  }
  printf("\n");
}

TEST(a_table_of_references_may_begin_with_false) {
  lua_newtable(L);
  lua_pushboolean(L, 0);
  lua_rawseti(L, 1, 1);
  lua_pushliteral(L, "x");
  printf("%d", luaL_ref(L, 1));
  lua_rawgeti(L, 1, 1);
  show_stack(L, "");
}

TEST(numbers_as_c_strings) {
  static const lua_Number floats[] = {0.0, -0.0, 1.0, -1.5, 0.1, 1.0 / 3, 1e15, 1e16, 1e17, 123456789012345.0, 2.5e-300,
    1.7976931348623157e308, 4.9406564584124654e-324, 3.14159265358979312, 100.0, 1e100, 0.30000000000000004, 5e-1};
  static const lua_Integer integers[] = {0, 1, -1, LUA_MAXINTEGER, LUA_MININTEGER, 1000000};
  char buff[LUA_N2SBUFFSZ];
  size_t i;
  for (i = 0; i < sizeof floats / sizeof floats[0]; i++) {
    unsigned n;
    lua_pushnumber(L, floats[i]);
    n = lua_numbertocstring(L, -1, buff);
    printf("%s %u %d\n", buff, n, (int)strlen(buff));
    lua_pop(L, 1);
  }
  for (i = 0; i < sizeof integers / sizeof integers[0]; i++) {
    lua_pushinteger(L, integers[i]);
    printf("%u ", lua_numbertocstring(L, -1, buff));
    printf("%s\n", buff);
  }
  lua_pushnumber(L, HUGE_VAL);
  printf("%u ", lua_numbertocstring(L, -1, buff));
  printf("%s\n", buff);
  lua_pushnumber(L, -HUGE_VAL);
  printf("%u ", lua_numbertocstring(L, -1, buff));
  printf("%s\n", buff);
}

TEST(what_is_no_number_has_no_c_string) {
  char buff[LUA_N2SBUFFSZ] = "as before";
  lua_pushliteral(L, "12");
  lua_pushnil(L);
  lua_newtable(L);
  printf("%u %u %u %u %s\n", lua_numbertocstring(L, 1, buff), lua_numbertocstring(L, 2, buff), lua_numbertocstring(L, 3, buff),
    lua_numbertocstring(L, 9, buff), buff);
  lua_pushnumber(L, 0.5);
  printf("%u", lua_numbertocstring(L, -1, buff));
  show_stack(L, " not converted");
}

TEST(floats_are_written_so_that_they_read_back) {
  int i;
  lua_Number n = 1.0;
  for (i = 0; i < 2000; i++) {
    n = n * 1.00731 + 1.0 / (i + 3);
    lua_pushnumber(L, n);
    if (lua_stringtonumber(L, lua_tostring(L, -1)) == 0 || lua_tonumber(L, -1) != n) printf("%d: %.17g\n", i, n);
    lua_settop(L, 0);
  }
  lua_pushnumber(L, 0.1);
  lua_pushnumber(L, 0.1 + 0.2);
  lua_pushfstring(L, "%f %f", 1e300 * 10, 2.0 / 3);
  lua_concat(L, 3);
  show_stack(L, "text");
}

static void list_globals (lua_State *L, const char *label) {
  static const char *names[] = {"_G", "package", "coroutine", "debug", "io", "math", "os", "string", "table", "utf8"};
  size_t i;
  printf("%s:", label);
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (lua_getglobal(L, names[i]) != LUA_TNIL) printf(" %s", names[i]);
    lua_pop(L, 1);
  }
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  printf(" | preload:");
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (lua_getfield(L, -1, names[i]) != LUA_TNIL) printf(" %s", names[i]);
    lua_pop(L, 1);
  }
  printf(" | %d\n", lua_gettop(L));
  lua_settop(L, 0);
}

TEST(selected_libraries) {
  static const int choices[][2] = {{0, 0}, {LUA_GLIBK, 0}, {LUA_STRLIBK | LUA_UTF8LIBK, LUA_GLIBK}, {0, ~0}, {LUA_GLIBK | LUA_LOADLIBK, ~0},
    {LUA_MATHLIBK, LUA_MATHLIBK | LUA_IOLIBK}, {~0, 0}, {~0, ~0}, {LUA_OSLIBK | LUA_TABLIBK | LUA_DBLIBK | LUA_COLIBK, 0}};
  size_t i;
  for (i = 0; i < sizeof choices / sizeof choices[0]; i++) {
    lua_State *other = luaL_newstate();
    luaL_openselectedlibs(other, choices[i][0], choices[i][1]);
    printf("%x %x ", (unsigned)choices[i][0], (unsigned)choices[i][1]);
    list_globals(other, "");
    lua_close(other);
  }
  (void)L;
}

TEST(preloaded_libraries_open_when_required) {
  lua_State *other = luaL_newstate();
  luaL_openselectedlibs(other, LUA_GLIBK | LUA_LOADLIBK, LUA_STRLIBK | LUA_MATHLIBK);
  printf("%d ", luaL_dostring(other, "return string == nil, package.preload.string ~= nil, package.loaded.string"));
  show_stack(other, "before");
  lua_settop(other, 0);
  printf("%d ", luaL_dostring(other, "local s = require 'string' return s.upper('x'), ('y'):rep(2), string == s, (pcall(require, 'table'))"));
  show_stack(other, "after");
  lua_close(other);
  (void)L;
}

static int made = 0;
static int freed = 0;
static size_t freed_size = 0;

static void *free_text (void *ud, void *p, size_t osize, size_t nsize) {
  (void)ud;
  if (nsize != 0) printf("resized?\n");
  freed++;
  freed_size += osize;
  free(p);
  return NULL;
}

static char *text_of (size_t len, int fill) {
  char *text = (char *)malloc(len + 1);
  memset(text, fill, len);
  text[len] = '\0';
  made++;
  return text;
}

static void collect (lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
}

TEST(an_external_string_is_the_hosts_text) {
  char *text = text_of(5000, 'e');
  const char *pushed = lua_pushexternalstring(L, text, 5000, free_text, NULL);
  freed = 0;
  freed_size = 0;
  printf("%d %d %d\n", pushed == text, lua_tostring(L, -1) == text, (int)lua_rawlen(L, -1));
  collect(L);
  printf("in use: %d\n", freed);
  lua_pop(L, 1);
  collect(L);
  printf("not in use: %d %d\n", freed, (int)freed_size);
}

TEST(external_strings_are_freed_once_when_the_state_closes) {
  lua_State *other = luaL_newstate();
  int i;
  freed = 0;
  freed_size = 0;
  lua_newtable(other);
  for (i = 0; i < 50; i++) {
    lua_pushexternalstring(other, text_of(100 + i, 'a' + i % 26), 100 + i, free_text, NULL);
    if (i % 2) lua_rawseti(other, 1, i);
    else lua_pop(other, 1);
  }
  collect(other);
  printf("%d %d\n", freed, (int)freed_size);
  lua_close(other);
  printf("%d %d\n", freed, (int)freed_size);
  (void)L;
}

TEST(short_external_strings_are_equal_to_others) {
  lua_State *other = luaL_newstate();
  freed = 0;
  lua_newtable(other);
  lua_pushexternalstring(other, text_of(10, 'k'), 10, free_text, NULL);
  lua_pushliteral(other, "kkkkkkkkkk");
  printf("%d ", lua_rawequal(other, -1, -2));
  lua_pop(other, 1);
  lua_pushboolean(other, 1);
  lua_rawset(other, 1);
  lua_getfield(other, 1, "kkkkkkkkkk");
  show_stack(other, "found");
  lua_settop(other, 1);
  lua_pushexternalstring(other, text_of(0, ' '), 0, free_text, NULL);
  printf("%d %s|\n", (int)lua_rawlen(other, -1), lua_tostring(other, -1));
  lua_close(other);
  printf("%d\n", freed);
  (void)L;
}

TEST(external_strings_without_a_function_to_free_them) {
  static const char text[] = "a constant of the host's program, longer than strings that are kept by their text";
  const char *pushed = lua_pushexternalstring(L, text, sizeof text - 1, NULL, NULL);
  printf("%d\n", pushed == text);
  lua_pushexternalstring(L, text + sizeof text - 5, 4, NULL, NULL);
  lua_pushexternalstring(L, "x\0y\0z", 5, NULL, NULL);
  lua_concat(L, 3);
  printf("%d ", (int)lua_rawlen(L, -1));
  show_stack(L, "joined");
  collect(L);
}

TEST(external_strings_as_keys_and_code) {
  const char *code = "local t = ... t[t.key] = (t[t.key] or 0) + #t.key return t.key:sub(1, 3), t.key == t.other, t.key < t.other .. 'x', t[t.key]";
  char *key = text_of(300, 'K');
  freed = 0;
  lua_newtable(L);
  lua_pushexternalstring(L, key, 300, free_text, NULL);
  lua_setfield(L, 1, "key");
  lua_pushlstring(L, key, 300);
  lua_setfield(L, 1, "other");
  printf("%d\n", luaL_loadstring(L, lua_pushexternalstring(L, strcpy(text_of(strlen(code), ' '), code), strlen(code), free_text, NULL)));
  lua_pushvalue(L, 1);
  printf("%d\n", lua_pcall(L, 1, LUA_MULTRET, 0));
  lua_remove(L, 1);
  lua_remove(L, 1);
  show_stack(L, "results");
  lua_settop(L, 0);
  collect(L);
  printf("%d\n", freed);
}

struct budget {
  size_t left;
};

static void *spend (void *ud, void *p, size_t osize, size_t nsize) {
  struct budget *b = (struct budget *)ud;
  if (nsize > 0 && (p == NULL || nsize > osize)) {
    if (b->left == 0) return NULL;
    b->left--;
  }
  return luaL_alloc(NULL, p, osize, nsize);
}

static int push_external (lua_State *L) {
  lua_pushexternalstring(L, text_of(2000, 'f'), 2000, free_text, NULL);
  return 1;
}

TEST(an_external_string_for_which_there_is_no_memory_is_freed) {
  struct budget b = {1000000};
  lua_State *other = lua_newstate(spend, &b, 1);
  int i, failures = 0;
  made = freed = 0;
  lua_gc(other, LUA_GCSTOP);
  for (i = 0; i < 3000; i++) {
    lua_pushcfunction(other, push_external);
    b.left = 0;
    if (lua_pcall(other, 0, 1, 0) != LUA_OK) {
      if (failures++ == 0) printf("%s\n", lua_tostring(other, -1));
      b.left = 1000000;
      lua_pop(other, 1);
      lua_pushcfunction(other, push_external);
      if (lua_pcall(other, 0, 1, 0) != LUA_OK) printf("failed with memory\n");
    }
    lua_pop(other, 1);
  }
  b.left = 1000000;
  printf("%d\n", failures > 0);
  lua_close(other);
  printf("%d\n", made >= 3000 && freed == made);
  (void)L;
}

/* When the budget is spent, nothing is left until something is given back, as the collector does. */
static void *spend_until_freed (void *ud, void *p, size_t osize, size_t nsize) {
  struct budget *b = (struct budget *)ud;
  if (nsize == 0 && b->left == 0) b->left = (size_t)-1;
  return spend(ud, p, osize, nsize);
}

TEST(texts_of_external_strings_that_are_made_while_garbage_is_collected_stay) {
  enum { COUNT = 400 };
  struct budget b = {(size_t)-1};
  lua_State *other = lua_newstate(spend_until_freed, &b, 1);
  int i, k;
  lua_gc(other, LUA_GCSTOP);
  lua_createtable(other, COUNT, 0);
  freed = 0;
  for (i = 1; i <= COUNT; i++) {
    char *text = text_of(12, 'x');
    for (k = 0; k < i % 50; k++) {
      lua_pushfstring(other, "garbage %d", i * 50 + k);
      lua_pop(other, 1);
    }
    sprintf(text, "text %07d", i);
    b.left = 1;
    lua_pushexternalstring(other, text, 12, free_text, NULL);
    b.left = (size_t)-1;
    lua_rawseti(other, 1, i);
  }
  lua_gc(other, LUA_GCCOLLECT);
  printf("in use: %d\n", freed);
  lua_close(other);
  printf("closed: %d\n", freed);
  (void)L;
}

TEST(gc_parameters) {
  int i, j;
  static const int values[] = {0, 1, 7, 20, 33, 50, 99, 100, 200, 1000, 12345, 1000000};
  lua_gc(L, LUA_GCSTOP);
  for (i = 0; i < LUA_GCPN; i++) {
    printf("%d:", lua_gc(L, LUA_GCPARAM, i, -1));
    for (j = 0; j < (int)(sizeof values / sizeof values[0]); j++)
      printf(" %d", (lua_gc(L, LUA_GCPARAM, i, values[j]), lua_gc(L, LUA_GCPARAM, i, -1)));
    printf("\n");
  }
  printf("%d", lua_gc(L, LUA_GCPARAM, LUA_GCPPAUSE, 300));
  printf(" %d", lua_gc(L, LUA_GCPARAM, LUA_GCPPAUSE, 200));
  printf(" %d\n", lua_gc(L, LUA_GCPARAM, LUA_GCPPAUSE, -7));
}

TEST(gc_modes_without_arguments) {
  lua_State *other = luaL_newstate();
  printf("%d", lua_gc(other, LUA_GCGEN));
  printf(" %d", lua_gc(other, LUA_GCGEN, 0, 0));
  printf(" %d", lua_gc(other, LUA_GCINC));
  printf(" %d", lua_gc(other, LUA_GCINC, 0, 0, 0));
  printf(" %d %d %d\n", lua_gc(other, 10), lua_gc(other, 11), lua_gc(other, -1));
  printf("%d", lua_gc(other, LUA_GCSTOP));
  printf(" %d", lua_gc(other, LUA_GCISRUNNING));
  printf(" %d", lua_gc(other, LUA_GCRESTART));
  printf(" %d\n", lua_gc(other, LUA_GCISRUNNING));
  lua_close(other);
  (void)L;
}

TEST(gc_steps_take_bytes) {
  int i, finished = 0;
  script(L, "keep = {} for i = 1, 2000 do keep[i] = {i} end");
  for (i = 0; i < 1000000 && !finished; i++) finished = lua_gc(L, LUA_GCSTEP, (size_t)500);
  printf("%d %d\n", finished, i > 1);
  finished = 0;
  for (i = 0; i < 1000000 && !finished; i++) finished = lua_gc(L, LUA_GCSTEP, (size_t)0);
  printf("%d %d\n", finished, i > 1);
  finished = 0;
  lua_gc(L, LUA_GCSTOP);
  for (i = 0; i < 100 && !finished; i++) finished = lua_gc(L, LUA_GCSTEP, (size_t)1 << 40);
  printf("%d %d\n", finished, lua_gc(L, LUA_GCISRUNNING));
  lua_gc(L, LUA_GCGEN);
  printf("%d\n", lua_gc(L, LUA_GCSTEP, (size_t)0));
}

TEST(reset_thread_is_a_macro) {
  lua_State *co = lua_newthread(L);
  luaL_loadstring(co, "local x <close> = setmetatable({}, {__close = function (_, e) print('closed', e) end}) coroutine.yield(1)");
  int n;
  printf("%s", status_name(lua_resume(co, L, 0, &n)));
  printf(" %s", status_name(lua_resetthread(co)));
  printf(" %d\n", lua_gettop(co));
  luaL_loadstring(co, "error('again', 0)");
  printf("%s", status_name(lua_resume(co, L, 0, &n)));
  printf(" %s", status_name(lua_closethread(co, NULL)));
  show_stack(co, " after");
  printf("%s\n", status_name(lua_status(co)));
}

static int closes_itself (lua_State *L) {
  lua_closethread(L, L);
  printf("not reached\n");
  return 0;
}

TEST(a_coroutine_closes_itself) {
  lua_State *co = lua_newthread(L);
  int n = -1;
  lua_pushcfunction(L, closes_itself);
  lua_setglobal(L, "close");
  luaL_loadstring(co, "local x <close> = setmetatable({}, {__close = function (_, e) print('closed', e) end}) pcall(close) print 'not here'");
  printf("%s", status_name(lua_resume(co, L, 0, &n)));
  printf(" %d", n);
  show_stack(co, " after");
  luaL_loadstring(co, "local x <close> = setmetatable({}, {__close = function (_, e) error('while closing', 0) end}) close()");
  printf("%s", status_name(lua_resume(co, L, 0, &n)));
  printf(" %s", lua_tostring(co, -1));
  printf(" %s\n", status_name(lua_closethread(co, L)));
}

static int tells_of_its_call (lua_State *L) {
  lua_Debug ar;
  lua_getstack(L, 0, &ar);
  lua_getinfo(L, "nt", &ar);
  printf("%d arguments, %d extra, tail %d, name %s\n", lua_gettop(L), ar.extraargs, ar.istailcall, ar.name ? ar.name : "?");
  if (lua_toboolean(L, 1) && lua_isinteger(L, -1)) luaL_argerror(L, (int)lua_tointeger(L, -1), "as asked");
  return 0;
}

TEST(calls_through_metamethods_have_extra_arguments) {
  lua_pushcfunction(L, tells_of_its_call);
  lua_setglobal(L, "tell");
  script(L, "tell() tell(1, 2) return pcall(tell, 2)");
  script(L, "local t = setmetatable({}, {__call = tell}) t() t('a') local u = setmetatable({}, {__call = t}) u('a', 'b') return pcall(u, 1)");
  script(L, "local t = setmetatable({}, {__call = tell}) return pcall(t, 2)");
  script(L, "local t = setmetatable({}, {__call = tell}) return pcall(function () t('x', 3) end)");
  script(L, "local t = setmetatable({}, {__call = tell}) local o = {m = t} return pcall(function () o:m(2) end)");
  script(L, "local t = setmetatable({}, {__call = tell}) return t()");
}

TEST(chains_of_call_metamethods_are_limited) {
  script(L, "local f = function (...) return select('#', ...) end for i = 1, 15 do f = setmetatable({}, {__call = f}) end return f()");
  script(L, "local f = function (...) return select('#', ...) end for i = 1, 16 do f = setmetatable({}, {__call = f}) end return pcall(f)");
  script(L, "local t = setmetatable({}, {}) getmetatable(t).__call = t return pcall(t)");
}

static int transferred (lua_State *L) {
  (void)L;
  return 0;
}

static void note_transfer (lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "rS", ar);
  if (ar->ntransfer > 1000) printf("event %d: from %d, %d values\n", ar->event, ar->ftransfer, ar->ntransfer);
}

TEST(many_values_are_counted_in_hooks) {
  lua_pushcfunction(L, transferred);
  lua_setglobal(L, "take");
  luaL_loadstring(L, "take(table.unpack({}, 1, 70000)) return table.unpack({}, 1, 90000)");
  lua_sethook(L, note_transfer, LUA_MASKCALL | LUA_MASKRET, 0);
  printf("%d", lua_pcall(L, 0, LUA_MULTRET, 0));
  lua_sethook(L, NULL, 0, 0);
  printf(" %d\n", lua_gettop(L));
}

struct chunk {
  char bytes[4000];
  size_t size;
};

static int keep_piece (lua_State *L, const void *p, size_t size, void *ud) {
  struct chunk *c = (struct chunk *)ud;
  (void)L;
  if (p == NULL) printf("end %d\n", (int)size);
  else {
    memcpy(c->bytes + c->size, p, size);
    c->size += size;
  }
  return 0;
}

static int refuse_the_end (lua_State *L, const void *p, size_t size, void *ud) {
  (void)L; (void)size; (void)ud;
  return p == NULL ? 77 : 0;
}

TEST(a_dump_says_that_it_is_complete) {
  struct chunk c = {"", 0};
  luaL_loadstring(L, "return 1, ...");
  printf("%d", lua_dump(L, keep_piece, &c, 0));
  printf(" %d %d\n", (int)c.size, lua_gettop(L));
  printf("%d\n", lua_dump(L, refuse_the_end, NULL, 1));
}

static int leave_a_value (lua_State *L, const void *p, size_t size, void *ud) {
  (void)p; (void)size;
  if ((*(int *)ud)++ == 0) lua_pushinteger(L, 42);
  return 0;
}

static int begin_and_give_up (lua_State *L, const void *p, size_t size, void *ud) {
  (void)p; (void)size;
  luaL_buffinit(L, (luaL_Buffer *)ud);
  return 7;
}

TEST(what_a_writer_leaves_on_the_stack_goes) {
  int calls = 0;
  luaL_Buffer b;
  luaL_loadstring(L, "return 1, ...");
  printf("%d", lua_dump(L, leave_a_value, &calls, 0));
  printf(" %d %s\n", lua_gettop(L), luaL_typename(L, -1));
  printf("%d", lua_dump(L, begin_and_give_up, &b, 0));
  printf(" %d %s\n", lua_gettop(L), luaL_typename(L, -1));
}

static int add_to_list (lua_State *L, const void *p, size_t size, void *ud) {
  (void)ud;
  if (p != NULL) {
    lua_pushlstring(L, (const char *)p, size);
    lua_rawseti(L, 1, (lua_Integer)lua_rawlen(L, 1) + 1);
  }
  return 0;
}

static const char *next_of_list (lua_State *L, void *ud, size_t *size) {
  const char *piece = NULL;
  if (lua_rawgeti(L, 1, ++*(int *)ud) == LUA_TSTRING) piece = lua_tolstring(L, -1, size);
  lua_pop(L, 1);
  return piece;
}

TEST(pieces_of_a_dump_load_again) {
  int n = 0;
  lua_newtable(L);
  luaL_loadstring(L, "local t = {...} return #t, 'some text', 1.5, function () return t end");
  printf("%d", lua_dump(L, add_to_list, NULL, 0));
  printf(" %d\n", lua_gettop(L));
  lua_settop(L, 1);
  printf("%d", lua_load(L, next_of_list, &n, "=pieces", "b"));
  lua_pushinteger(L, 1);
  printf(" %d", lua_pcall(L, 1, 3, 0));
  lua_remove(L, 1);
  show_stack(L, "");
}

static void load_chunk (lua_State *L, const struct chunk *c, const char *mode) {
  int status = luaL_loadbufferx(L, c->bytes, c->size, "=c", mode);
  printf("%s %s %s\n", mode ? mode : "any", status_name(status), status == LUA_OK ? "" : lua_tostring(L, -1));
}

TEST(strings_are_loaded_as_text_only) {
  struct chunk c = {"", 0}, text = {"return 1", 8};
  int status;
  luaL_loadstring(L, "return 'from a binary chunk'");
  lua_dump(L, keep_piece, &c, 0);
  status = luaL_loadstring(L, c.bytes);
  printf("%s %s\n", status_name(status), lua_tostring(L, -1));
  load_chunk(L, &c, NULL);
  load_chunk(L, &c, "b");
  load_chunk(L, &c, "t");
  load_chunk(L, &c, "B");
  printf("%d", lua_pcall(L, 0, 1, 0));
  printf(" %s\n", lua_tostring(L, -1));
  load_chunk(L, &text, "B");
  load_chunk(L, &text, "tB");
}

TEST(warnings_are_on_from_the_start) {
  lua_State *other = luaL_newstate();
  fflush(stdout);
  lua_warning(other, "one ", 1);
  lua_warning(other, "message", 0);
  lua_warning(other, "@off", 0);
  lua_warning(other, "not shown", 0);
  lua_warning(other, "@on", 0);
  lua_warning(other, "shown", 0);
  lua_close(other);
  (void)L;
}

static int raises_nil (lua_State *L) {
  lua_pushnil(L);
  return lua_error(L);
}

TEST(nil_is_no_error_object) {
  lua_pushcfunction(L, raises_nil);
  printf("%d", lua_pcall(L, 0, 0, 0));
  show_stack(L, "");
  lua_settop(L, 0);
  script(L, "return pcall(error)");
  script(L, "return pcall(error, nil)");
  script(L, "return select('#', pcall(error)), type(select(2, pcall(error)))");
  script(L, "return xpcall(error, function (m) return type(m) end)");
  script(L, "local co = coroutine.create(function () error() end) return coroutine.resume(co)");
}

TEST(tracebacks_name_functions_as_the_code_does) {
  script(L, "local function inner() error('x') end local t = {m = function () inner() end} function g() t.m() end "
            "local _, text = xpcall(g, debug.traceback) return text");
  script(L, "local _, text = xpcall(string.rep, debug.traceback) return text");
  script(L, "local _, text = xpcall(function () string.rep() end, debug.traceback) return text");
  script(L, "local o = setmetatable({}, {__index = function (_, k) return debug.traceback(k) end}) return o.field");
  script(L, "return select(2, xpcall(function () local a <close> = setmetatable({}, {__close = function () error('c', 0) end}) end, debug.traceback))");
}

TEST(buffers_become_strings_of_any_size) {
  size_t sizes[] = {0, 1, 40, 41, LUAL_BUFFERSIZE - 1, LUAL_BUFFERSIZE, LUAL_BUFFERSIZE + 1, 100000};
  size_t i, j;
  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (j = 0; j < sizes[i]; j++) luaL_addchar(&b, (char)('a' + j % 26));
    luaL_pushresult(&b);
    printf("%d %d", (int)lua_rawlen(L, -1), lua_tostring(L, -1)[lua_rawlen(L, -1)]);
    collect(L);
    printf(" %d\n", lua_gettop(L));
    lua_settop(L, 0);
  }
}

TEST(pseudo_indices_lie_far_below) {
  printf("%d %d\n", LUA_REGISTRYINDEX, lua_upvalueindex(255));
  lua_pushinteger(L, 1);
  printf("%s", lua_typename(L, lua_type(L, LUA_REGISTRYINDEX)));
  printf(" %d %d %d\n", lua_absindex(L, LUA_REGISTRYINDEX) == LUA_REGISTRYINDEX, lua_absindex(L, -1), lua_type(L, lua_upvalueindex(1)));
}

static void close_running_coroutine (lua_State *L) {
  lua_getglobal(L, "close_me");
  lua_call(L, 0, 0);
}

/* A reader that closes the coroutine which loads. */
static const char *closing_reader (lua_State *L, void *data, size_t *size) {
  (void)data;
  close_running_coroutine(L);
  *size = 0;
  return NULL;
}

static int load_and_close (lua_State *L) {
  int status = lua_load(L, closing_reader, NULL, "x", "t");
  lua_pushinteger(L, status);
  return 2;
}

/* lua_pcall from C, without a continuation. */
static int call_protected (lua_State *L) {
  int status = lua_pcall(L, lua_gettop(L) - 1, 0, 0);
  lua_pushinteger(L, status);
  return 1;
}

TEST(a_coroutine_ends_when_it_is_closed_below_protected_calls) {
  lua_register(L, "load_and_close", load_and_close);
  lua_register(L, "call_protected", call_protected);
  script(L,
    "function close_me() coroutine.close(coroutine.running()) end\n"
    "local function deep(n, f) if n == 0 then return f() end local r = deep(n - 1, f) return r end\n"
    "local closing = {__close = close_me}\n"
    "local bodies = {\n"
    "  load_and_close,\n"
    "  function() return (load(close_me)) end,\n"
    "  function() return call_protected(close_me) end,\n"
    "  function() return call_protected(function() return call_protected(close_me) end) end,\n"
    "  function() return call_protected(function() local c <close> = setmetatable({}, closing) error('x') end) end,\n"
    "  function() return pcall(function() local c <close> = setmetatable({}, closing) error('x') end) end,\n"
    "}\n"
    "local out = {}\n"
    "for _, depth in ipairs {0, 3, 10, 40, 400, 4000} do\n"
    "  for i, body in ipairs(bodies) do\n"
    "    local co = coroutine.create(function() deep(depth, body) out[#out + 1] = 'goes on' return 'returned' end)\n"
    "    local ok, result = coroutine.resume(co)\n"
    "    local garbage = {} for j = 1, 100 do garbage[j] = {j} end collectgarbage()\n"
    "    out[#out + 1] = ('%d.%d %s %s %s'):format(depth, i, tostring(ok), tostring(result), coroutine.status(co))\n"
    "  end\n"
    "end\n"
    "return table.concat(out, '; ')");
}

#endif
