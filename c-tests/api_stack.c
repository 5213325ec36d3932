/* The stack itself: indices, moving values, growing. */
#include "harness.h"

static void five (lua_State *L) {
  int i;
  lua_settop(L, 0);
  for (i = 1; i <= 5; i++) lua_pushinteger(L, i * 10);
}

TEST(top_can_be_set_up_and_down) {
  printf("%d\n", lua_gettop(L));
  lua_pushinteger(L, 1);
  lua_settop(L, 4);
  show_stack(L, "grown");
  lua_settop(L, -2);
  show_stack(L, "one less");
  lua_pop(L, 2);
  show_stack(L, "popped");
  lua_settop(L, 0);
  show_stack(L, "empty");
  lua_settop(L, -1);
  show_stack(L, "still empty");
}

TEST(absolute_indices) {
  five(L);
  printf("%d %d %d %d\n", lua_absindex(L, 1), lua_absindex(L, -1), lua_absindex(L, -5), lua_absindex(L, 9));
  printf("%d %d\n", lua_absindex(L, LUA_REGISTRYINDEX) == LUA_REGISTRYINDEX,
         lua_absindex(L, lua_upvalueindex(3)) == lua_upvalueindex(3));
}

TEST(rotate_insert_remove_replace_copy) {
  five(L);
  lua_rotate(L, 1, 1); show_stack(L, "rotate 1 1");
  lua_rotate(L, 1, -1); show_stack(L, "rotate 1 -1");
  lua_rotate(L, 2, 3); show_stack(L, "rotate 2 3");
  lua_rotate(L, -3, 2); show_stack(L, "rotate -3 2");
  lua_rotate(L, -1, 1); show_stack(L, "rotate -1 1");
  lua_rotate(L, 1, 0); show_stack(L, "rotate 1 0");
  lua_rotate(L, 1, 5); show_stack(L, "rotate 1 5");
  five(L);
  lua_insert(L, 2); show_stack(L, "insert 2");
  lua_remove(L, 1); show_stack(L, "remove 1");
  lua_replace(L, 1); show_stack(L, "replace 1");
  lua_copy(L, 1, 3); show_stack(L, "copy 1 3");
  lua_copy(L, -1, 1); show_stack(L, "copy -1 1");
  lua_pushvalue(L, 2); show_stack(L, "pushvalue 2");
  lua_pushvalue(L, -2); show_stack(L, "pushvalue -2");
  lua_pushvalue(L, LUA_REGISTRYINDEX); show_stack(L, "pushvalue registry");
}

TEST(the_stack_grows_on_request_and_refuses_what_is_too_much) {
  int i;
  printf("%d\n", lua_checkstack(L, 10000));
  for (i = 0; i < 10000; i++) lua_pushinteger(L, i);
  printf("%d %lld %lld\n", lua_gettop(L), (long long)lua_tointeger(L, 1), (long long)lua_tointeger(L, -1));
  printf("%d\n", lua_checkstack(L, 2000000));
  printf("%d\n", lua_checkstack(L, MAX_STACK - 10000 - 50000));
  printf("%d\n", lua_gettop(L));
  lua_settop(L, 0);
}

static int too_much (lua_State *L) {
  luaL_checkstack(L, 5000000, lua_tostring(L, 1));
  return 0;
}

TEST(checkstack_raises_with_its_message) {
  lua_pushstring(L, "so many values");
  attempt(L, "message", too_much, 1);
  attempt(L, "no message", too_much, 0);
}

TEST(xmove_moves_between_threads_of_a_state) {
  lua_State *other = lua_newthread(L);
  five(L);
  lua_xmove(L, other, 2);
  show_stack(L, "from");
  show_stack(other, "to");
  lua_xmove(other, L, 1);
  show_stack(L, "from");
  show_stack(other, "to");
  lua_xmove(L, L, 2);
  show_stack(L, "same");
  lua_xmove(L, other, 0);
  show_stack(other, "nothing");
}

static int see_arguments (lua_State *L) {
  show_stack(L, "arguments");
  lua_pushinteger(L, lua_gettop(L));
  return 1;
}

TEST(each_call_has_its_own_stack) {
  lua_pushstring(L, "below");
  lua_pushcfunction(L, see_arguments);
  lua_pushinteger(L, 1);
  lua_pushnil(L);
  lua_call(L, 2, 1);
  show_stack(L, "after");
  lua_pushcfunction(L, see_arguments);
  lua_call(L, 0, 3);
  show_stack(L, "results are padded");
  lua_pushcfunction(L, see_arguments);
  lua_call(L, 0, 0);
  show_stack(L, "results are cut");
}

static int upvalues (lua_State *L) {
  int i;
  for (i = 1; i <= 4; i++) {
    show(L, lua_upvalueindex(i));
    putchar(' ');
  }
  printf("type of one past: %d\n", lua_type(L, lua_upvalueindex(4)));
  lua_pushinteger(L, lua_tointeger(L, lua_upvalueindex(1)) + 1);
  lua_copy(L, -1, lua_upvalueindex(1));
  lua_pushstring(L, "replaced");
  lua_replace(L, lua_upvalueindex(2));
  return 1;
}

TEST(upvalues_are_reached_by_pseudo_indices) {
  lua_pushinteger(L, 1);
  lua_pushstring(L, "two");
  lua_pushnil(L);
  lua_pushcclosure(L, upvalues, 3);
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  show_stack(L, "first");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  show_stack(L, "second");
}

static int count_upvalues (lua_State *L) {
  int n = 0;
  while (lua_type(L, lua_upvalueindex(n + 1)) != LUA_TNONE && n < 255) n++;
  lua_pushinteger(L, n);
  return 1;
}

TEST(a_closure_may_have_255_upvalues) {
  int i;
  luaL_checkstack(L, 300, NULL);
  for (i = 0; i < 255; i++) lua_pushinteger(L, i);
  lua_pushcclosure(L, count_upvalues, 255);
  lua_call(L, 0, 1);
  show_stack(L, "count");
}

TEST(types_and_their_names) {
  int i;
  for (i = LUA_TNONE; i < LUA_NUMTYPES; i++) printf("%d %s\n", i, lua_typename(L, i));
  lua_pushlightuserdata(L, L);
  printf("%s %s\n", luaL_typename(L, 1), luaL_typename(L, 5));
  printf("%d %d %d\n", lua_isnone(L, 2), lua_isnoneornil(L, 2), lua_isnil(L, 2));
}
