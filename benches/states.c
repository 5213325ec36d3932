/*
 * An ordinary host that has many states and knows nothing of sharing: each opens the libraries and requires the same modules.
 *
 *   states N FOLDER      FOLDER holds the code base with the module `main`
 *
 * Prints what a state costs, as `actors start` does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static double processor(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident(void)
{
	long all, pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file == NULL || fscanf(file, "%ld %ld", &all, &pages) != 2)
		exit(1);
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static lua_State *open(const char *folder)
{
	lua_State *L = luaL_newstate();
	if (L == NULL)
		exit(1);
	luaL_openlibs(L);
	lua_getglobal(L, "package");
	lua_pushfstring(L, "%s/?.lua", folder);
	lua_setfield(L, -2, "path");
	lua_pop(L, 1);
	if (luaL_dostring(L, "main = require('main')")) {
		fprintf(stderr, "states: %s\n", lua_tostring(L, -1));
		exit(1);
	}
	return L;
}

/* What the modules compute: the same in every state. */
static long long computed(lua_State *L)
{
	long long sum;
	if (luaL_dostring(L, "return main.check(3)")) {
		fprintf(stderr, "states: %s\n", lua_tostring(L, -1));
		exit(1);
	}
	sum = lua_tointeger(L, -1);
	lua_pop(L, 1);
	return sum;
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	lua_State **states;
	double base, wall, used, bytes = 0;
	if (n < 1) {
		fputs("usage: states N FOLDER\n", stderr);
		return 2;
	}
	states = calloc((size_t)n, sizeof *states);
	base = resident();
	wall = now();
	used = processor();
	for (int i = 0; i < n; i++) {
		states[i] = open(argv[2]);
		if (isatty(STDERR_FILENO) && (i + 1) % 100 == 0)
			fprintf(stderr, "\r%d of %d\r", i + 1, n);
	}
	wall = now() - wall;
	used = processor() - used;
	printf("services %d\nseconds %.6g\nms_each %.6g\nresident_each %.6g\n", n, wall, used * 1e3 / n, (resident() - base) / n);
	for (int i = 0; i < n; i++)
		bytes += lua_gc(states[i], LUA_GCCOUNT) * 1024.0 + lua_gc(states[i], LUA_GCCOUNTB);
	printf("bytes_each %.6g\n", bytes / n);
	if (computed(states[0]) != computed(states[n - 1])) {
		fputs("states: two states compute different things\n", stderr);
		return 1;
	}
	for (int i = 0; i < n; i++)
		lua_close(states[i]);
	free(states);
	return 0;
}
