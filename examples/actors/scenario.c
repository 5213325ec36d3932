/* `actors run`: everything at once, with checks. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors.h"

#define PATIENCE 120

static int failed;

/* Says how a check went. What the text tells is to be fetched before, in an order that is certain. */
static void check(bool fine, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	printf(fine ? "ok      " : "FAILED  ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	if (!fine)
		failed++;
}

/* Whether something is so, now or within some seconds. */
#define eventually(condition) \
	({ \
		double until_ = seconds_now() + PATIENCE; \
		while (!(condition) && seconds_now() < until_) \
			usleep(1000); \
		(condition); \
	})

/* ---- services in a ring, tokens going round ------------------------------------------------------------------- */

static void ring(void)
{
	int n = options.services, tokens = n / 10 + 1, hops = 100, sent = 0;
	unsigned *ring = calloc((size_t)n, sizeof *ring);
	long expected = 0;
	double seconds = seconds_now(), until;
	bool fine;
	for (int i = n - 1; i >= 0; i--)
		ring[i] = service_launch("ring", message_with_number("link", i == n - 1 ? 0 : ring[i + 1]), 0);
	service_send(ring[n - 1], message_with_number("link", ring[0]));
	fine = counter_wait("ring linked", n + 1, PATIENCE);
	seconds = seconds_now() - seconds;
	check(fine, "%d services started in %.2f s, %ld bytes each", n, seconds, memory_total() / n);
	for (int hop = hops; hop > 0; hop--)
		expected = (expected * 31 + hop) % 1000003;
	/* On a busy machine one thread may be done with all of it before another wakes up: once more then. */
	until = seconds_now() + PATIENCE;
	do {
		for (int i = 0; i < tokens; i++) {
			lua_State *L = luaL_newstate();
			lua_pushliteral(L, "token");
			lua_pushinteger(L, hops);
			lua_pushinteger(L, 0);
			service_send(ring[i * 7 % n], message_pack(L, 1, 0));
			lua_close(L);
		}
		sent += tokens;
		fine = counter_wait("tokens home", sent, PATIENCE);
	} while (fine && options.workers > 1 && service_totals().moves == 0 && seconds_now() < until);
	check(fine && counter_value("token sum") == sent * expected, "%d tokens made %d hops each", sent, hops);
	check(options.workers == 1 || service_totals().moves > 0, "services moved between %d threads %ld times", options.workers,
	      service_totals().moves);
	for (int i = 0; i < n; i++)
		service_kill(ring[i]);
	free(ring);
}

/* ---- a code base in many VMs, and services that come and go ---------------------------------------------------- */

static void agents(void)
{
	int n = options.services / 20 + 1;
	unsigned *agents = calloc((size_t)n, sizeof *agents);
	long one;
	for (int i = 0; i < n; i++)
		agents[i] = service_launch("agent", message_named("start"), 0);
	service_send(agents[0], message_with_number("check", 3));
	counter_wait("agent checks", 1, PATIENCE);
	one = counter_value("agent sum");
	for (int i = 1; i < n; i++)
		service_send(agents[i], message_with_number("check", 3));
	check(counter_wait("agent checks", n, PATIENCE) && one != 0 && counter_value("agent sum") == n * one,
	      "%d services with the whole code base agree on %ld", n, one);
	for (int i = 0; i < n; i++)
		service_kill(agents[i]);
	free(agents);
}

static void visitors(void)
{
	long n = options.visitors;
	double seconds = seconds_now();
	bool fine;
	for (int i = 1; i <= n; i++) {
		service_launch("visitor", message_with_number("visit", i), 0);
		if (i > 64)
			counter_wait("visits", i - 64, PATIENCE);
	}
	fine = counter_wait("visits", n, PATIENCE) && counter_value("visitor sum") == n * (n + 1) / 2;
	seconds = seconds_now() - seconds;
	check(fine, "%ld visitors came and went in %.2f s", n, seconds);
}

/* ---- code that is replaced ------------------------------------------------------------------------------------ */

static char greeter[512];

/* Puts one of the two greeters where services load it. */
static void write_greeter(int version)
{
	char path[512], text[4096];
	size_t size;
	FILE *from, *to;
	snprintf(path, sizeof path, "%s/services/greeter-%d.lua", options.scripts, version);
	snprintf(greeter, sizeof greeter, "%s/greeter.lua", options.work);
	from = fopen(path, "rb");
	to = fopen(greeter, "wb");
	if (from == NULL || to == NULL) {
		perror("actors: greeter");
		exit(1);
	}
	size = fread(text, 1, sizeof text, from);
	fwrite(text, 1, size, to);
	fclose(from);
	fclose(to);
}

/* Whether the library can give running VMs new code. */
static bool can_reload(void)
{
	bool can = false;
#ifdef LUA_CACHELIB
	lua_State *L = luaL_newstate();
	luaL_requiref(L, "skynet.codecache", luaopen_cache, 0);
	can = lua_getfield(L, -1, "reload") == LUA_TFUNCTION;
	lua_close(L);
#endif
	return can && options.cache;
}

static void reload(void)
{
	int n = options.services / 20 + 1;
	unsigned *old = calloc((size_t)n, sizeof *old), *young = calloc((size_t)n, sizeof *young);
	bool fine;
	write_greeter(1);
	for (int i = 0; i < n; i++)
		old[i] = service_launch("greeter", message_with_string("greet", "world"), 0);
	check(counter_wait("greeters", n, PATIENCE) && counter_value("hello, world") == n, "%d services run the first code", n);
	write_greeter(2);
#ifdef LUA_CACHELIB
	luaL_cacheclear(greeter);
#endif
	for (int i = 0; i < n; i++)
		young[i] = service_launch("greeter", message_with_string("greet", "new"), 0);
	check(counter_wait("greeters", 2 * n, PATIENCE) && counter_value("good morning, new") == n, "%d new services run the second", n);
	for (int i = 0; i < n; i++)
		service_send(old[i], message_with_string("greet", "world"));
	check(counter_wait("greeters", 3 * n, PATIENCE) && counter_value("hello, world") == 2 * n, "the others still run the first");
	if (can_reload()) {
		for (int i = 0; i < n; i++) {
			service_send(old[i], message_with_string("reload", greeter));
			service_send(old[i], message_with_string("greet", "world"));
		}
		fine = counter_wait("greeters", 4 * n, PATIENCE) && counter_value("good morning, world") == n;
		check(fine, "until they are given the second (%ld functions replaced)", counter_value("functions reloaded"));
		check(counter_value("greetings") == n + n + 2 * n + 3 * n, "which goes on counting where the first was");
	}
	for (int i = 0; i < n; i++) {
		service_kill(old[i]);
		service_kill(young[i]);
	}
	free(old);
	free(young);
}

/* ---- configuration that is replaced ---------------------------------------------------------------------------- */

static void configuration(void)
{
	enum { READERS = 20 };
	unsigned readers[READERS], holder;
	long reads = 0, most = 0;
	bool fine;
#ifndef LUA_CACHELIB
	printf("        (this library has no shared tables)\n");
	return;
#endif
	if (!config_publish(1)) {
		check(false, "configuration can be shared");
		return;
	}
	holder = service_launch("reader", message_named("hold"), 0);
	counter_wait("holds", 1, PATIENCE);
	for (int i = 0; i < READERS; i++)
		readers[i] = service_launch("reader", message_named("read"), 0);
	for (int version = 2; version <= options.versions; version++) {
		reads = counter_value("reads") + 2 * READERS;
		counter_wait("reads", reads, PATIENCE);
		if (!config_publish(version))
			failed++;
		if (config_versions() > most)
			most = config_versions();
	}
	for (int i = 0; i < READERS; i++)
		service_send(readers[i], message_named("stop"));
	fine = counter_wait("readers stopped", READERS, PATIENCE) && counter_value("wrong reads") == 0;
	reads = counter_value("reads");
	check(fine, "%d services read %d versions of the configuration %ld times (at most %ld versions at a time)", READERS, options.versions, reads,
	      most);
	check(options.versions < 2 || eventually(config_versions() == 2), "old versions are gone but for the one that is held");
	service_send(holder, message_named("hold"));
	check(counter_wait("holds", 2, PATIENCE) && counter_value("wrong holds") == 0, "who holds the first version still reads it");
	service_kill(holder);
	check(eventually(config_versions() == 1), "with its last reader it is gone");
	for (int i = 0; i < READERS; i++)
		service_kill(readers[i]);
	config_retire();
	check(eventually(config_versions() == 0), "no configuration is left");
}

/* ---- services that misbehave ------------------------------------------------------------------------------------ */

static void misbehaviour(void)
{
	enum { HOGS = 10, SPINNERS = 3 };
	unsigned hogs[HOGS], spinners[SPINNERS];
	int spinning = options.workers > SPINNERS ? SPINNERS : options.workers;
	long alive;
	for (int i = 0; i < HOGS; i++) {
		hogs[i] = service_launch("hog", message_named("eat"), 1 << 20);
		service_send(hogs[i], message_named("rest"));
	}
	check(counter_wait("rests", HOGS, PATIENCE) && counter_value("limits kept") == HOGS, "%d services came to their limit of memory and go on", HOGS);
	for (int i = 0; i < HOGS; i++)
		service_kill(hogs[i]);
	check(eventually(service_totals().alive == 0), "they are gone");
	for (int i = 0; i < spinning; i++) {
		spinners[i] = service_launch("spinner", message_named("spin"), 0);
		service_send(spinners[i], message_named("spin"));
	}
	counter_wait("spinning", spinning, PATIENCE);
	alive = service_totals().alive;
	for (int i = 0; i < spinning; i++)
		service_kill(spinners[i]);
	check(alive == spinning && eventually(service_totals().alive == 0), "%d services in endless loops were ended", spinning);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void nothing_is_left(void)
{
	struct service_totals totals;
	service_kill_all();
	check(eventually(service_totals().alive == 0), "all services have ended");
	workers_stop();
	totals = service_totals();
	check(totals.errors == 0, "no message failed");
	check(message_total() == 0, "no message is left (%ld were for services that had ended)", totals.dropped);
	check(totals.lost_bytes == 0 && memory_total() == 0, "%ld VMs gave all their memory back", totals.launched);
#ifdef LUA_CACHELIB
	{
		static const char *const fields[] = { "files", "bytes", "strings", "string_bytes" };
		lua_State *L = luaL_newstate();
		luaL_cacheclear(NULL);
		luaL_cachestat(L);
		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
			lua_getfield(L, 1, fields[i]);
			check(lua_tointeger(L, -1) == 0, "nothing is shared any more: %s %lld", fields[i], (long long)lua_tointeger(L, -1));
		}
		lua_close(L);
	}
#endif
}

int scenario_run(void)
{
	static const struct {
		const char *title;
		void (*run)(void);
	} parts[] = {
		{ "messages", ring }, { "a code base", agents }, { "visitors", visitors }, { "new code", reload },
		{ "new configuration", configuration }, { "misbehaviour", misbehaviour }, { "the end", nothing_is_left },
	};
	if (!codebase_write())
		return 1;
	workers_start(options.workers);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		printf("-- %s\n", parts[i].title);
		parts[i].run();
	}
	printf(failed == 0 ? "all checks passed\n" : "%d checks failed\n", failed);
	return failed == 0 ? 0 : 1;
}
