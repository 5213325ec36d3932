/*
 * A service: its VM, its mail, its end.
 *
 * A service is in the run queue at most once, and whoever took it out has it to itself: `queued` says so. Other threads may put mail into it, and
 * end it; its lock is for that. The register finds a service by its address and keeps it alive while someone works with it.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors.h"

/* Messages that a service handles before it is others' turn. */
#define BATCH 8
#define BUCKETS 4096

static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;
static struct service *buckets[BUCKETS];
static unsigned last_address;

static atomic_long launched, alive, moves, errors, dropped, lost_bytes;

/* ---- the register -------------------------------------------------------------------------------------------- */

static void enter(struct service *s)
{
	pthread_mutex_lock(&register_lock);
	s->address = ++last_address;
	s->references = 1;
	s->next_in_register = buckets[s->address % BUCKETS];
	buckets[s->address % BUCKETS] = s;
	pthread_mutex_unlock(&register_lock);
}

/* The service at an address, with a reference for the caller. */
static struct service *find(unsigned address)
{
	struct service *s;
	pthread_mutex_lock(&register_lock);
	for (s = buckets[address % BUCKETS]; s != NULL && s->address != address; s = s->next_in_register)
		;
	if (s != NULL)
		s->references++;
	pthread_mutex_unlock(&register_lock);
	return s;
}

/* Gives a reference up. */
static void release(struct service *s)
{
	unsigned left;
	pthread_mutex_lock(&register_lock);
	left = --s->references;
	pthread_mutex_unlock(&register_lock);
	if (left == 0) {
		pthread_mutex_destroy(&s->lock);
		free(s);
		atomic_fetch_sub(&alive, 1);
	}
}

static void leave(struct service *s)
{
	struct service **at;
	pthread_mutex_lock(&register_lock);
	for (at = &buckets[s->address % BUCKETS]; *at != s; at = &(*at)->next_in_register)
		;
	*at = s->next_in_register;
	pthread_mutex_unlock(&register_lock);
	release(s);
}

/* The addresses of all services; the caller frees the list, which ends with 0. */
static unsigned *all_addresses(void)
{
	size_t count = 0, room = 0;
	unsigned *list = NULL;
	pthread_mutex_lock(&register_lock);
	for (int i = 0; i < BUCKETS; i++)
		for (struct service *s = buckets[i]; s != NULL; s = s->next_in_register) {
			if (count + 1 >= room)
				list = realloc(list, (room = 2 * room + 64) * sizeof *list);
			list[count++] = s->address;
		}
	pthread_mutex_unlock(&register_lock);
	if (list == NULL)
		list = calloc(1, sizeof *list);
	list[count] = 0;
	return list;
}

/* ---- mail ---------------------------------------------------------------------------------------------------- */

static void drop_mail(struct message *m)
{
	while (m != NULL) {
		struct message *next = m->next;
		message_free(m);
		atomic_fetch_add(&dropped, 1);
		m = next;
	}
}

/* Puts a message at the end of a service's mail. false if the service has ended. */
static bool post(struct service *s, struct message *m)
{
	bool wakes = false, taken;
	pthread_mutex_lock(&s->lock);
	taken = !s->dead;
	if (taken) {
		if (s->last != NULL)
			s->last->next = m;
		else
			s->first = m;
		s->last = m;
		wakes = !s->queued;
		s->queued = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (!taken)
		drop_mail(m);
	if (wakes)
		workers_enqueue(s);
	return taken;
}

static struct message *take(struct service *s)
{
	struct message *m;
	pthread_mutex_lock(&s->lock);
	m = s->dead ? NULL : s->first;
	if (m != NULL) {
		s->first = m->next;
		if (s->first == NULL)
			s->last = NULL;
		m->next = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	return m;
}

bool service_send(unsigned address, struct message *m)
{
	struct service *s = find(address);
	bool sent;
	if (s == NULL) {
		drop_mail(m);
		return false;
	}
	sent = post(s, m);
	release(s);
	return sent;
}

/* ---- the VM -------------------------------------------------------------------------------------------------- */

struct service *service_of(lua_State *L)
{
	return *(struct service **)lua_getextraspace(L);
}

static int add_traceback(lua_State *L)
{
	luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
	return 1;
}

/* Arguments: a message. Calls the function of that name with the sender's address and the values behind the name. */
static int handle(lua_State *L)
{
	const struct message *m = lua_touserdata(L, 1);
	int count = message_unpack(L, m);
	lua_pushvalue(L, 2);
	if (lua_gettable(L, lua_upvalueindex(1)) != LUA_TFUNCTION)
		return luaL_error(L, "no function for the message '%s'", lua_tostring(L, 2));
	lua_replace(L, 1);
	lua_pushinteger(L, m->sender);
	lua_replace(L, 2);
	lua_call(L, count, 0);
	return 0;
}

/* Arguments: the kind. Result: `handle` for the table of functions that the script returns. */
static int boot(lua_State *L)
{
	const char *kind = lua_touserdata(L, 1);
	const char *script;
	luaL_openlibs(L);
#ifdef LUA_CACHELIB
	luaL_cachemode(L, options.cache ? LUA_CACHEON : LUA_CACHEOFF);
	luaL_requiref(L, "skynet.codecache", luaopen_cache, 0);
#endif
	luaL_requiref(L, "actor", library_open, 1);
	lua_getglobal(L, "package");
	lua_pushfstring(L, "%s/base/?.lua;%s/services/?.lua;%s/?.lua", options.work, options.scripts, options.work);
	lua_pushvalue(L, -1);
	lua_setfield(L, -3, "path");
	lua_getfield(L, -2, "searchpath");
	lua_insert(L, -2);
	lua_pushstring(L, kind);
	lua_insert(L, -2);
	lua_call(L, 2, 2);
	if ((script = lua_tostring(L, -2)) == NULL || luaL_loadfile(L, script) != LUA_OK)
		return lua_error(L);
	lua_call(L, 0, 1);
	luaL_checktype(L, -1, LUA_TTABLE);
	lua_pushcclosure(L, handle, 1);
	return 1;
}

static void complain(struct service *s)
{
	bool killed;
	pthread_mutex_lock(&s->lock);
	killed = s->dead;
	pthread_mutex_unlock(&s->lock);
	if (!killed) {
		fprintf(stderr, "actors: service %u (%s): %s\n", s->address, s->kind, lua_tostring(s->L, -1));
		atomic_fetch_add(&errors, 1);
	}
	lua_pop(s->L, 1);
}

/* A hook: whatever the VM does next fails, and so does what it does after that, until it has come to its end. */
static void interrupt(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	luaL_error(L, "the service was ended");
}

/* Between these two another thread that ends the service may interrupt its VM. */
static void begin(struct service *s)
{
	pthread_mutex_lock(&s->lock);
	s->running = s->L;
	if (s->dead)
		lua_sethook(s->L, interrupt, LUA_MASKCOUNT, 1);
	pthread_mutex_unlock(&s->lock);
}

static void end(struct service *s)
{
	pthread_mutex_lock(&s->lock);
	s->running = NULL;
	pthread_mutex_unlock(&s->lock);
	lua_sethook(s->L, NULL, 0, 0);
}

/* Makes the VM. Its stack holds the message handler and `handle` from then on. */
static bool open_vm(struct service *s)
{
#if LUA_VERSION_NUM >= 505
	s->L = lua_newstate(memory_allocate, &s->memory, luaL_makeseed(NULL));
#else
	s->L = lua_newstate(memory_allocate, &s->memory);
#endif
	if (s->L == NULL) {
		fprintf(stderr, "actors: service %u (%s): not enough memory for a VM\n", s->address, s->kind);
		atomic_fetch_add(&errors, 1);
		return false;
	}
	*(struct service **)lua_getextraspace(s->L) = s;
	lua_pushcfunction(s->L, add_traceback);
	lua_pushcfunction(s->L, boot);
	lua_pushlightuserdata(s->L, s->kind);
	begin(s);
	if (lua_pcall(s->L, 1, 1, 1) != LUA_OK) {
		end(s);
		complain(s);
		return false;
	}
	end(s);
	return true;
}

static void handle_message(struct service *s, const struct message *m)
{
	lua_State *L = s->L;
	lua_pushvalue(L, 2);
	lua_pushlightuserdata(L, (void *)m);
	begin(s);
	if (lua_pcall(L, 1, 0, 1) != LUA_OK) {
		end(s);
		complain(s);
	} else {
		end(s);
	}
	if (s->lets_go_of_config) {
		s->lets_go_of_config = false;
		config_let_go(s);
	}
	if (s->exits)
		service_kill(s->address);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

unsigned service_launch(const char *kind, struct message *m, size_t limit)
{
	struct service *s = calloc(1, sizeof *s);
	unsigned address;
	if (s == NULL)
		abort();
	snprintf(s->kind, sizeof s->kind, "%s", kind);
	s->memory.limit = limit;
	pthread_mutex_init(&s->lock, NULL);
	atomic_fetch_add(&launched, 1);
	atomic_fetch_add(&alive, 1);
	enter(s);
	address = s->address;	/* the service may be gone as soon as it has mail */
	post(s, m);
	return address;
}

bool service_kill(unsigned address)
{
	struct service *s = find(address);
	bool ends, wakes = false;
	if (s == NULL)
		return false;
	pthread_mutex_lock(&s->lock);
	ends = !s->dead;
	s->dead = true;
	if (ends) {
		if (s->running != NULL)
			lua_sethook(s->running, interrupt, LUA_MASKCOUNT, 1);
		wakes = !s->queued;
		s->queued = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (wakes)
		workers_enqueue(s);
	release(s);
	return ends;
}

/* Frees everything of a service that has ended. */
static void bury(struct service *s)
{
	if (s->L != NULL)
		lua_close(s->L);
	atomic_fetch_add(&lost_bytes, (long)s->memory.used);
	config_let_go(s);
	drop_mail(s->first);
	s->first = s->last = NULL;
	leave(s);
}

void service_run(struct service *s, int worker)
{
	struct message *m;
	bool dead, again;
	for (int i = 0; i < BATCH && (m = take(s)) != NULL; i++) {
		if (s->worker != worker && s->worker != 0)
			atomic_fetch_add(&moves, 1);
		s->worker = worker;
		if (s->L == NULL && !open_vm(s)) {
			message_free(m);
			service_kill(s->address);
			break;
		}
		handle_message(s, m);
		message_free(m);
	}
	pthread_mutex_lock(&s->lock);
	dead = s->dead;
	again = !dead && s->first != NULL;
	s->queued = dead || again;
	pthread_mutex_unlock(&s->lock);
	if (dead)
		bury(s);
	else if (again)
		workers_enqueue(s);
}

struct service_totals service_totals(void)
{
	return (struct service_totals){ .launched = launched, .alive = alive, .moves = moves, .errors = errors, .dropped = dropped,
					.lost_bytes = lost_bytes };
}

size_t service_bytes(void)
{
	size_t bytes = 0;
	pthread_mutex_lock(&register_lock);
	for (int i = 0; i < BUCKETS; i++)
		for (struct service *s = buckets[i]; s != NULL; s = s->next_in_register)
			bytes += s->memory.used;
	pthread_mutex_unlock(&register_lock);
	return bytes;
}

void service_tell_all(const char *name)
{
	unsigned *list = all_addresses();
	for (unsigned *address = list; *address != 0; address++)
		service_send(*address, message_named(name));
	free(list);
}

void service_kill_all(void)
{
	unsigned *list = all_addresses();
	for (unsigned *address = list; *address != 0; address++)
		service_kill(*address);
	free(list);
}
