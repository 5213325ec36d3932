/*
 * The host boundary in portable C: what boundary.rs does in assembly on x86-64, done with setjmp and
 * longjmp. Used on other processors and with the feature `portable-boundary`.
 *
 * Each routine puts a record in the slot, calls the host's function, stores its result and returns -1, or returns
 * the code that was thrown. setjmp returns twice only in here; all callers see is one return.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* `previous` and `owner` come first, as in Rust's `Record`. */
struct record {
	struct record *previous;
	void *owner;
	volatile int code;
	jmp_buf context;
};

/*
 * Runs `call` with a record in `slot`. Only the record itself is read after the second return of setjmp: it is in
 * memory, not in a register. `slot` is a parameter that nothing writes. _setjmp leaves the signal mask alone.
 */
#define PROTECTED(slot, state, call) \
	do { \
		struct record here; \
		here.previous = *(slot); \
		here.owner = (state); \
		here.code = -1; \
		*(slot) = &here; \
		if (_setjmp(here.context) == 0) { \
			call; \
		} \
		*(slot) = here.previous; \
		return here.code; \
	} while (0)

HIDDEN int perilune_boundary_call1(struct record **slot, int (*f)(void *), void *state, int *result)
{
	PROTECTED(slot, state, *result = f(state));
}

HIDDEN int perilune_boundary_call3(struct record **slot, int (*f)(void *, int, intptr_t), void *state, int status,
                                   intptr_t context, int *result)
{
	PROTECTED(slot, state, *result = f(state, status, context));
}

HIDDEN int perilune_boundary_reader(struct record **slot, const char *(*f)(void *, void *, size_t *), void *state,
                                    void *data, size_t *size, const char **result)
{
	PROTECTED(slot, state, *result = f(state, data, size));
}

HIDDEN int perilune_boundary_writer(struct record **slot, int (*f)(void *, const void *, size_t, void *), void *state,
                                    const void *piece, size_t size, void *data, int *result)
{
	PROTECTED(slot, state, *result = f(state, piece, size, data));
}

HIDDEN int perilune_boundary_hook(struct record **slot, void (*f)(void *, void *), void *state, void *activation)
{
	PROTECTED(slot, state, f(state, activation));
}

HIDDEN _Noreturn void perilune_boundary_throw(struct record **slot, int code)
{
	struct record *target = *slot;
	target->code = code;
	_longjmp(target->context, 1);
}
