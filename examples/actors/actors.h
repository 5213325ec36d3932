/*
 * actors: a host that runs thousands of services, each with a Lua VM of its own, on a few threads.
 *
 * A service is a script that returns a table of functions. It gets messages, one at a time and on whichever thread is free, and each
 * calls the function of its name. Services know each other by address only. What they share is what the library shares between VMs: code
 * (the code cache) and configuration (shared tables).
 *
 *   memory.c     what a VM has of memory, and the limit on it
 *   message.c    values on their way from one VM to another
 *   service.c    a service: its VM, its mail, its end
 *   worker.c     the threads, and the queue of services that have mail
 *   library.c    what scripts see: the table `actor`
 *   config.c     configuration that is replaced while services read it
 *   counter.c    what services report to the host
 *   scenario.c   `actors run`: everything at once, with checks
 *   measure.c    `actors start`: what a service costs
 *   main.c       the command line
 *
 * It compiles against any Lua 5.4. Without LUA_CACHELIB in lualib.h there is nothing to share, and each VM has its own copy of everything.
 */
#ifndef actors_h
#define actors_h

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#ifdef LUA_CACHELIB
#include "luashare.h"
#endif

/* ---- options ------------------------------------------------------------------------------------------------- */

struct options {
	const char *scripts;	/* folder of services/ and codebase.lua */
	const char *work;	/* folder to write in */
	int services;
	int workers;
	int visitors;		/* services that come and go */
	int versions;		/* of the configuration */
	bool cache;
};

extern struct options options;

/* ---- memory.c ------------------------------------------------------------------------------------------------ */

struct memory {
	size_t used;
	size_t limit;		/* 0: none */
};

/* A lua_Alloc; `ud` is a struct memory. */
void *memory_allocate(void *ud, void *block, size_t old_size, size_t new_size);

/* Bytes that all VMs together have. */
long memory_total(void);

/* Resident memory of the process. */
long memory_resident(void);

/* ---- message.c ----------------------------------------------------------------------------------------------- */

struct message {
	struct message *next;
	unsigned sender;
	size_t size;
	char data[];
};

/* A message of the values from index `first` to the top: a name, then nil, booleans, numbers, strings. [-0, +0, v] */
struct message *message_pack(lua_State *L, int first, unsigned sender);

/* A message of a name alone, from the host; with a number or a string behind it. */
struct message *message_named(const char *name);
struct message *message_with_number(const char *name, lua_Integer n);
struct message *message_with_string(const char *name, const char *text);

/* Pushes what was packed; returns how many values. [-0, +n, m] */
int message_unpack(lua_State *L, const struct message *m);

void message_free(struct message *m);

/* Messages that exist. */
long message_total(void);

/* ---- service.c ----------------------------------------------------------------------------------------------- */

struct config;

struct service {
	unsigned address;
	char kind[32];
	lua_State *L;			/* NULL before the first message */
	struct memory memory;
	struct config *config;		/* the configuration it holds */
	bool lets_go_of_config;		/* after the message at hand */
	bool exits;			/* after the message at hand */
	int worker;			/* the thread it ran on last */
	unsigned references;		/* under the lock of the register */
	struct service *next_in_register;
	struct service *next_in_queue;

	pthread_mutex_t lock;		/* for what follows */
	struct message *first, *last;
	bool queued;			/* in the run queue, or on a thread */
	bool dead;			/* gets no more mail */
	lua_State *running;		/* the VM while it runs a message */
};

/* Starts a service: the script services/KIND.lua, or KIND.lua in the folder to write in. Its VM is made by the thread that handles its first
 * message, `m`. Returns its address. `limit` is how many bytes its VM may have, 0 for any number. */
unsigned service_launch(const char *kind, struct message *m, size_t limit);

/* Puts a message into the mail of a service. false, and the message is gone, if there is no such service. */
bool service_send(unsigned address, struct message *m);

/* Ends a service, even one that is in the midst of something. Its mail is dropped. */
bool service_kill(unsigned address);

/* Handles some mail; whoever calls has the service to itself. Frees the service if it has ended. */
void service_run(struct service *s, int worker);

/* The service of a state. */
struct service *service_of(lua_State *L);

/* Numbers since the start of the process. */
struct service_totals {
	long launched, alive;
	long moves;		/* messages handled on another thread than the one before */
	long errors;		/* messages that failed */
	long dropped;		/* messages to services that had ended */
	long lost_bytes;	/* that closed VMs did not give back */
};

struct service_totals service_totals(void);

/* Bytes that the VMs of all services have; they must be idle. */
size_t service_bytes(void);

/* Sends every service a message of this name. */
void service_tell_all(const char *name);

/* Ends all services. */
void service_kill_all(void);

/* ---- worker.c ------------------------------------------------------------------------------------------------ */

void workers_start(int count);
void workers_stop(void);

/* Hands a service with mail to the threads. */
void workers_enqueue(struct service *s);

/* ---- library.c ----------------------------------------------------------------------------------------------- */

/* Opens the table `actor`. */
int library_open(lua_State *L);

/* ---- config.c ------------------------------------------------------------------------------------------------ */

/* Runs the script config.lua for a version of the configuration and makes that the current one. false where there are no shared tables, or on
 * an error, which is printed. */
bool config_publish(int version);

/* Pushes the configuration the service holds; from the first call on it holds the one that is current then. Pushes nil where there is none. */
void config_push(lua_State *L, struct service *s);

/* The service does not use its configuration any more, nor does anything in its VM. */
void config_let_go(struct service *s);

/* Nothing is current any more. */
void config_retire(void);

/* Versions that exist: the current one, and those that services hold. */
int config_versions(void);

/* ---- counter.c ----------------------------------------------------------------------------------------------- */

/* Adds to a counter of this name. */
void counter_add(const char *name, long n);

long counter_value(const char *name);

/* Waits until a counter has reached a value; false after so many seconds without. */
bool counter_wait(const char *name, long value, int seconds);

/* ---- scenario.c, measure.c, main.c --------------------------------------------------------------------------- */

/* Writes the code base, unless it is there. false on an error, which is printed. */
bool codebase_write(void);

int scenario_run(void);
int measure_start(void);

double seconds_now(void);
double seconds_of_processor(void);

#endif
