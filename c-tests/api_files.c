/* Files shared between C and the io library. */
#include "harness.h"
#include <unistd.h>

static int close_mine (lua_State *L) {
  luaL_Stream *stream = (luaL_Stream *)luaL_checkudata(L, 1, LUA_FILEHANDLE);
  int result = fclose(stream->f);
  printf("closed by C\n");
  lua_pushboolean(L, result == 0);
  lua_pushliteral(L, "own result");
  return 2;
}

static luaL_Stream *push_stream (lua_State *L, FILE *f) {
  luaL_Stream *stream = (luaL_Stream *)lua_newuserdatauv(L, sizeof(luaL_Stream), 0);
  stream->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  stream->f = f;
  stream->closef = close_mine;
  return stream;
}

TEST(a_file_made_by_c_is_used_from_lua) {
  push_stream(L, tmpfile());
  lua_setglobal(L, "f");
  script(L, "return io.type(f), f:write('line 1\\nline 2\\n', 3) == f, f:seek('set'), f:read('l', 'L', 'n')");
  script(L, "return f:close()");
  script(L, "return io.type(f), tostring(f), pcall(f.read, f)");
}

TEST(a_file_made_by_lua_is_used_from_c) {
  luaL_Stream *stream;
  char line[64] = "";
  luaL_dostring(L, "local f = io.tmpfile() f:write('from Lua\\n') f:flush() return f");
  stream = (luaL_Stream *)luaL_checkudata(L, 1, LUA_FILEHANDLE);
  fputs("from C\n", stream->f);
  rewind(stream->f);
  if (fgets(line, sizeof(line), stream->f)) printf("%s", line);
  lua_setglobal(L, "f");
  script(L, "return f:read('l')");
  script(L, "return f:close()");
  printf("%d\n", stream->closef == NULL);
}

TEST(a_stream_that_is_not_open_yet_is_closed_to_lua) {
  luaL_Stream *stream = (luaL_Stream *)lua_newuserdatauv(L, sizeof(luaL_Stream), 0);
  stream->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  lua_setglobal(L, "f");
  script(L, "return io.type(f), tostring(f)");
  script(L, "f:read()");
  script(L, "return pcall(io.output, f)");
}

TEST(files_left_open_are_closed_by_the_collector) {
  push_stream(L, tmpfile());
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  printf("collected\n");
  push_stream(L, tmpfile());
  lua_setglobal(L, "at_the_end");
}

TEST(standard_streams_are_the_hosts_own) {
  luaL_Stream *stream;
  lua_getglobal(L, "io");
  lua_getfield(L, -1, "stdout");
  stream = (luaL_Stream *)luaL_checkudata(L, -1, LUA_FILEHANDLE);
  printf("%d ", stream->f == stdout);
  lua_getfield(L, 1, "stderr");
  stream = (luaL_Stream *)luaL_checkudata(L, -1, LUA_FILEHANDLE);
  printf("%d ", stream->f == stderr);
  lua_getfield(L, 1, "stdin");
  stream = (luaL_Stream *)luaL_checkudata(L, -1, LUA_FILEHANDLE);
  printf("%d\n", stream->f == stdin);
  printf("interleaved ");
  luaL_dostring(L, "io.write('output ') print('of') io.stdout:write('both')");
  printf(" sides\n");
}
