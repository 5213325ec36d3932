/* Values: tests, conversions, pushing, arithmetic, comparison. */
#include "harness.h"
#include <stdarg.h>
#include <math.h>

static int nothing (lua_State *L) {
  (void)L;
  return 0;
}

static void one_of_each (lua_State *L) {
  lua_settop(L, 0);
  luaL_checkstack(L, 40, NULL);
  lua_pushnil(L);
  lua_pushboolean(L, 0);
  lua_pushboolean(L, 7);
  lua_pushinteger(L, 42);
  lua_pushnumber(L, 42.0);
  lua_pushnumber(L, -1.5);
  lua_pushstring(L, "text");
  lua_pushstring(L, "10");
  lua_pushstring(L, " 0x1p4 ");
  lua_pushstring(L, "1e");
  lua_pushliteral(L, "");
  lua_newtable(L);
  lua_pushcfunction(L, nothing);
  lua_pushinteger(L, 1);
  lua_pushcclosure(L, nothing, 1);
  luaL_loadstring(L, "return 1");
  lua_newuserdatauv(L, 12, 1);
  lua_pushlightuserdata(L, NULL);
  lua_newthread(L);
  lua_pushnumber(L, 9.3e18);
  lua_pushnumber(L, HUGE_VAL);
}

TEST(type_tests) {
  int i;
  one_of_each(L);
  for (i = 0; i <= lua_gettop(L) + 1; i++) {
    int index = i == 0 ? LUA_REGISTRYINDEX : i;
    printf("%2d %-9s number %d string %d cfunction %d integer %d userdata %d light %d function %d table %d thread %d boolean %d\n",
           i, luaL_typename(L, index), lua_isnumber(L, index), lua_isstring(L, index), lua_iscfunction(L, index),
           lua_isinteger(L, index), lua_isuserdata(L, index), lua_islightuserdata(L, index),
           lua_isfunction(L, index), lua_istable(L, index), lua_isthread(L, index), lua_isboolean(L, index));
  }
}

TEST(conversions) {
  int i;
  one_of_each(L);
  for (i = 1; i <= lua_gettop(L) + 1; i++) {
    int isnumber = -1, isinteger = -1;
    double n = lua_tonumberx(L, i, &isnumber);
    long long k = lua_tointegerx(L, i, &isinteger);
    printf("%2d %-9s %.17g %d %lld %d boolean %d rawlen %llu cfunction %d userdata %d thread %d pointer %d\n", i, luaL_typename(L, i),
           n, isnumber, k, isinteger, lua_toboolean(L, i), (unsigned long long)lua_rawlen(L, i),
           lua_tocfunction(L, i) == nothing, lua_touserdata(L, i) != NULL, lua_tothread(L, i) != NULL,
           lua_topointer(L, i) != NULL);
  }
  printf("%g %lld\n", lua_tonumber(L, 8), (long long)lua_tointeger(L, 8));
}

TEST(tolstring_converts_numbers_in_place) {
  size_t length;
  lua_pushinteger(L, -12);
  lua_pushnumber(L, 1e100);
  lua_pushnumber(L, 3.0);
  lua_pushboolean(L, 1);
  lua_pushlstring(L, "a\0b", 3);
  printf("%s ", lua_tolstring(L, 1, &length));
  printf("%lu\n", (unsigned long)length);
  printf("%s\n", lua_tostring(L, 2));
  printf("%s\n", lua_tostring(L, 3));
  printf("%d\n", lua_tolstring(L, 4, &length) == NULL);
  printf("%lu\n", (unsigned long)length);
  lua_tolstring(L, 5, &length);
  printf("%lu\n", (unsigned long)length);
  printf("%d %d\n", lua_tolstring(L, 9, &length) == NULL, (int)length);
  show_stack(L, "now");
}

TEST(pushing_strings_returns_the_inner_copy) {
  char buffer[300];
  const char *s;
  memset(buffer, 'x', sizeof(buffer));
  s = lua_pushlstring(L, buffer, sizeof(buffer));
  printf("%d %d\n", s == lua_tostring(L, -1), s != buffer);
  s = lua_pushstring(L, "short");
  printf("%s %d\n", s, s == lua_tostring(L, -1));
  printf("%d\n", lua_pushstring(L, NULL) == NULL);
  s = lua_pushlstring(L, NULL, 0);
  printf("[%s]\n", s);
  s = lua_pushliteral(L, "literal");
  printf("%s\n", s);
  printf("%d\n", lua_tostring(L, 2) == lua_pushstring(L, "short"));
  show_stack(L, "all");
}

static const char *by_list (lua_State *L, const char *format, ...) {
  const char *s;
  va_list list;
  va_start(list, format);
  s = lua_pushvfstring(L, format, list);
  va_end(list);
  return s;
}

TEST(formatted_strings) {
  char big[600];
  int i;
  memset(big, 'b', sizeof(big));
  big[sizeof(big) - 1] = '\0';
  printf("%s\n", lua_pushfstring(L, "%s|%d|%I|%f|%c|%%|%U|", "text", -5, (LUAI_UACINT)LUA_MININTEGER, 1.5, 'z', 0x20ACL));
  printf("%s\n", lua_pushfstring(L, "%f %f %f", 1e15, 0.1, 3.0));
  printf("%s\n", lua_pushfstring(L, "no conversion"));
  printf("[%s]\n", lua_pushfstring(L, ""));
  printf("%s\n", lua_pushfstring(L, "%s", (const char *)NULL));
  printf("%d\n", (int)strlen(lua_pushfstring(L, "%s%s%s", big, big, big)));
  printf("%d\n", (int)strlen(lua_pushfstring(L, "%s%d%s%d", big, 1, big, 2)));
  printf("%s\n", by_list(L, "%d and %s", 12, "a list"));
  printf("%s\n", lua_pushfstring(L, "%U %U %U %U", 0x7FL, 0x7FFL, 0xFFFFL, 0x10FFFFL));
  for (i = 1; i <= 9; i++) show(L, i), putchar('\n');
  printf("%d\n", lua_gettop(L));
  lua_pushfstring(L, "%p", (void *)0);
  show(L, -1);
  putchar('\n');
  lua_pushfstring(L, "%c", 0);
  printf("%d\n", (int)lua_rawlen(L, -1));
}

static int bad_format (lua_State *L) {
  lua_pushfstring(L, lua_tostring(L, 1), 1);
  return 1;
}

TEST(formatted_strings_refuse_other_conversions) {
  lua_pushstring(L, "%x");
  attempt(L, "%x", bad_format, 1);
  lua_pushstring(L, "%5d");
  attempt(L, "%5d", bad_format, 1);
  lua_pushstring(L, "a %y");
  attempt(L, "%y", bad_format, 1);
}

TEST(strings_to_numbers) {
  static const char *const all[] = {"10", "0x10", "1e2", " 7 ", "1.5", "x", "", "10a", "0x", "9223372036854775807",
    "9223372036854775808", "-0x8000000000000000", "1e400", "inf", "nan", "0x.8p1", "5 5", "-", "0x1p-2"};
  size_t i;
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    size_t size = lua_stringtonumber(L, all[i]);
    printf("\"%s\" %d", all[i], (int)size);
    if (size != 0) {
      putchar(' ');
      show(L, -1);
      printf(" %s", lua_isinteger(L, -1) ? "integer" : "float");
      lua_pop(L, 1);
    }
    printf(" top %d\n", lua_gettop(L));
  }
}

static const struct { int op; const char *name; } operators[] = {
  {LUA_OPADD, "+"}, {LUA_OPSUB, "-"}, {LUA_OPMUL, "*"}, {LUA_OPMOD, "%"}, {LUA_OPPOW, "^"}, {LUA_OPDIV, "/"},
  {LUA_OPIDIV, "//"}, {LUA_OPBAND, "&"}, {LUA_OPBOR, "|"}, {LUA_OPBXOR, "~"}, {LUA_OPSHL, "<<"}, {LUA_OPSHR, ">>"},
  {LUA_OPUNM, "neg"}, {LUA_OPBNOT, "not"}};

static int arith (lua_State *L) {
  int op = (int)lua_tointeger(L, 1);
  lua_remove(L, 1);
  lua_arith(L, op);
  return lua_gettop(L);
}

static void push_operand (lua_State *L, int which) {
  switch (which) {
    case 0: lua_pushinteger(L, 7); break;
    case 1: lua_pushinteger(L, -2); break;
    case 2: lua_pushnumber(L, 2.5); break;
    case 3: lua_pushstring(L, "3"); break;
    case 4: lua_pushinteger(L, 0); break;
    case 5: lua_newtable(L); break;
    case 6: lua_pushstring(L, "word"); break;
    default: lua_pushnumber(L, 1e30); break;
  }
}

TEST(arithmetic_on_every_pair) {
  size_t o;
  int a, b;
  for (o = 0; o < sizeof(operators) / sizeof(operators[0]); o++) {
    int unary = operators[o].op == LUA_OPUNM || operators[o].op == LUA_OPBNOT;
    for (a = 0; a < 8; a++) {
      for (b = 0; b < (unary ? 1 : 8); b++) {
        lua_settop(L, 0);
        lua_pushinteger(L, operators[o].op);
        push_operand(L, a);
        if (!unary) push_operand(L, b);
        printf("%d ", a);
        if (!unary) printf("%d ", b);
        attempt(L, operators[o].name, arith, unary ? 2 : 3);
      }
    }
  }
}

TEST(arithmetic_uses_metamethods) {
  size_t o;
  script(L, "M = setmetatable({}, {}) local mt = getmetatable(M) for _, n in ipairs {'add', 'sub', 'mul', 'mod', 'pow', 'div', 'idiv',"
            "'band', 'bor', 'bxor', 'shl', 'shr', 'unm', 'bnot'} do mt['__' .. n] = function (a, b) return n, type(a), type(b) end end");
  for (o = 0; o < sizeof(operators) / sizeof(operators[0]); o++) {
    lua_pushinteger(L, operators[o].op);
    lua_getglobal(L, "M");
    if (operators[o].op == LUA_OPUNM || operators[o].op == LUA_OPBNOT) attempt(L, operators[o].name, arith, 2);
    else {
      lua_pushstring(L, "x");
      attempt(L, operators[o].name, arith, 3);
    }
  }
}

static int compare (lua_State *L) {
  lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPEQ));
  lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
  lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLE));
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 4;
}

TEST(comparison_of_every_pair) {
  int a, b;
  for (a = 0; a < 8; a++) {
    for (b = 0; b < 8; b++) {
      push_operand(L, a);
      push_operand(L, b);
      printf("%d %d ", a, b);
      attempt(L, "compare", compare, 2);
    }
  }
}

TEST(comparison_with_missing_values_is_false) {
  lua_pushinteger(L, 1);
  printf("%d %d %d %d %d\n", lua_compare(L, 1, 5, LUA_OPEQ), lua_compare(L, 5, 1, LUA_OPLT), lua_compare(L, 5, 6, LUA_OPLE),
         lua_rawequal(L, 1, 5), lua_rawequal(L, 5, 6));
}

static int concat_all (lua_State *L) {
  lua_concat(L, lua_gettop(L));
  return 1;
}

TEST(concatenation) {
  attempt(L, "of nothing", concat_all, 0);
  lua_pushinteger(L, 5);
  attempt(L, "of one", concat_all, 1);
  lua_pushstring(L, "a"); lua_pushinteger(L, 1); lua_pushnumber(L, 2.5); lua_pushstring(L, "");
  attempt(L, "of four", concat_all, 4);
  lua_pushstring(L, "a"); lua_newtable(L);
  attempt(L, "of a table", concat_all, 2);
  lua_pushstring(L, "a"); lua_pushnil(L); lua_pushstring(L, "b");
  attempt(L, "of nil", concat_all, 3);
  script(L, "return setmetatable({}, {__concat = function (a, b) return 'meta' end})");
  luaL_loadstring(L, "return setmetatable({}, {__concat = function (a, b) return 'meta' end})");
  lua_call(L, 0, 1);
  lua_pushstring(L, "x");
  lua_insert(L, -2);
  lua_pushstring(L, "y");
  attempt(L, "with a metamethod", concat_all, 3);
}

static int lengths (lua_State *L) {
  lua_len(L, 1);
  lua_pushinteger(L, luaL_len(L, 1));
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
  return 3;
}

TEST(lengths_of_values) {
  static const char *const all[] = {"'abc'", "{1, 2, 3}", "setmetatable({}, {__len = function () return 42 end})",
    "setmetatable({}, {__len = function () return 4.0 end})", "setmetatable({}, {__len = function () return 'x' end})",
    "setmetatable({}, {__len = function () return 1.5 end})", "12", "nil", "print"};
  size_t i;
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    lua_pushfstring(L, "return %s", all[i]);
    luaL_dostring(L, lua_tostring(L, -1));
    attempt(L, all[i], lengths, 1);
    lua_settop(L, 0);
  }
}

TEST(pointers_identify_objects) {
  one_of_each(L);
  lua_pushvalue(L, 12);
  printf("%d\n", lua_topointer(L, 12) == lua_topointer(L, -1));
  lua_newtable(L);
  printf("%d\n", lua_topointer(L, 12) == lua_topointer(L, -1));
  printf("%d\n", lua_topointer(L, 16) == lua_touserdata(L, 16));
  printf("%d %d\n", lua_topointer(L, 4) == NULL, lua_topointer(L, 1) == NULL);
  lua_pushcfunction(L, nothing);
  printf("%d\n", lua_topointer(L, 13) == lua_topointer(L, -1));
  lua_pushlightuserdata(L, (void *)&one_of_each);
  printf("%d\n", lua_topointer(L, -1) == (const void *)&one_of_each);
}

TEST(pushthread_tells_the_main_thread) {
  lua_State *other = lua_newthread(L);
  printf("%d %d\n", lua_pushthread(L), lua_pushthread(other));
  printf("%d %d\n", lua_tothread(L, -1) == L, lua_tothread(other, -1) == other);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  printf("%d\n", lua_tothread(L, -1) == L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushglobaltable(L);
  printf("%d\n", lua_rawequal(L, -1, -2));
}

TEST(version_and_identity) {
  printf("%g %d\n", lua_version(L), lua_version(NULL) == lua_version(L));
  printf("%s\n", LUA_VERSION);
  printf("%s\n", lua_ident);
  luaL_checkversion(L);
  luaL_checkversion_(L, LUA_VERSION_NUM, LUAL_NUMSIZES);
  printf("%d\n", lua_gettop(L));
}

static int other_version (lua_State *L) {
  luaL_checkversion_(L, (lua_Number)lua_tonumber(L, 1), (size_t)lua_tointeger(L, 2));
  return 0;
}

TEST(a_host_of_another_version_is_told) {
  lua_pushnumber(L, 503);
  lua_pushinteger(L, (lua_Integer)LUAL_NUMSIZES);
  attempt(L, "5.3", other_version, 2);
  lua_pushnumber(L, LUA_VERSION_NUM);
  lua_pushinteger(L, 12);
  attempt(L, "sizes", other_version, 2);
}

TEST(extra_space_belongs_to_each_thread) {
  char text[LUA_EXTRASPACE];
  lua_State *a, *b;
  memset(text, 0, sizeof(text));
  strcpy(text, "main");
  memcpy(lua_getextraspace(L), text, sizeof(text));
  a = lua_newthread(L);
  printf("%.4s\n", (char *)lua_getextraspace(a));
  memcpy(lua_getextraspace(a), "fork", 4);
  b = lua_newthread(a);
  printf("%.4s %.4s %.4s %d\n", (char *)lua_getextraspace(L), (char *)lua_getextraspace(a), (char *)lua_getextraspace(b), (int)LUA_EXTRASPACE);
}
