/* `actors start`: what a service costs. */
#include <stdio.h>
#include <unistd.h>

#include "actors.h"

#define PATIENCE 3600

static void report(const char *name, double value)
{
	printf("%-28s %.6g\n", name, value);
}

int measure_start(void)
{
	int n = options.services;
	long base;
	double wall, processor;
	size_t live;
	if (!codebase_write())
		return 1;
	workers_start(options.workers);
	base = memory_resident();
	wall = seconds_now();
	processor = seconds_of_processor();
	for (int i = 0; i < n; i++) {
		service_launch("agent", message_named("start"), 0);
		/* The threads are kept busy, and messages do not pile up. */
		if (i >= 64 && !counter_wait("agents started", i - 64, PATIENCE))
			return 1;
		if (isatty(STDERR_FILENO) && (i + 1) % 100 == 0)
			fprintf(stderr, "\r%d of %d\r", i + 1, n);
	}
	if (!counter_wait("agents started", n, PATIENCE) || service_totals().errors != 0)
		return 1;
	wall = seconds_now() - wall;
	processor = seconds_of_processor() - processor;
	report("services", n);
	report("seconds", wall);
	report("ms_each", processor * 1e3 / n);
	report("bytes_each", (double)memory_total() / n);
	report("resident_each", (double)(memory_resident() - base) / n);

	service_tell_all("collect");
	if (!counter_wait("agents collected", n, PATIENCE))
		return 1;
	live = (size_t)memory_total();
	report("live_bytes_each", (double)live / n);
#ifdef LUA_CACHELIB
	{
		lua_State *L = luaL_newstate();
		luaL_cachestat(L);
		lua_getfield(L, -1, "bytes");
		lua_getfield(L, -2, "string_bytes");
		report("shared_bytes", lua_tonumber(L, -1) + lua_tonumber(L, -2));
		lua_close(L);
	}
#endif
	workers_stop();
	return 0;
}
