/*
 * Host functions for tests/boundary.rs: real C frames for the host boundary to call into and to throw out of.
 * Built as a shared library at several optimisation levels.
 */
#include <execinfo.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What the test hands to each function as its state; the same layout as in Rust. */
struct scene {
	void (*leave)(struct scene *scene, int code); /* does not return */
	int (*nested)(struct scene *scene);           /* calls back into Rust, which calls `nest` again */
	int depth;
	int code;
	long visited;
	void *frames[64];
	int frame_count;
};

static volatile long sink;

/* Fills some stack, so that frames differ in size, and keeps values in registers across the inner call. */
static int dig(struct scene *scene, int depth)
{
	volatile char ballast[200];
	long a = sink + depth, b = a * 3, c = b ^ a, d = c + 7, e = d * b;
	memset((char *)ballast, depth, sizeof ballast);
	scene->visited++;
	if (depth == 0)
		scene->leave(scene, scene->code);
	else
		dig(scene, depth - 1);
	sink = a + b + c + d + e + ballast[depth % 200];
	return -1;
}

int plain_result(struct scene *scene)
{
	return scene->code;
}

int throw_from_depth(struct scene *scene)
{
	return dig(scene, scene->depth);
}

int nest(struct scene *scene)
{
	int answer;
	scene->visited++;
	if (scene->depth == 0)
		scene->leave(scene, scene->code);
	scene->depth--;
	answer = scene->nested(scene);
	return answer + 1;
}

int record_frames(struct scene *scene)
{
	scene->frame_count = backtrace(scene->frames, 64);
	return scene->frame_count;
}

int continuation(struct scene *scene, int status, intptr_t context)
{
	scene->visited++;
	if (status == 99)
		scene->leave(scene, 99);
	return status + (int)(context / 1000000000000);
}

const char *reader(struct scene *scene, void *data, size_t *size)
{
	if (data == NULL)
		scene->leave(scene, 7);
	*size = strlen(data);
	return (const char *)data + 1;
}

int writer(struct scene *scene, const void *piece, size_t size, void *data)
{
	if (data == NULL)
		scene->leave(scene, 8);
	memcpy(data, piece, size);
	return -(int)size;
}

void hook(struct scene *scene, long *activation)
{
	if (*activation < 0)
		scene->leave(scene, 9);
	*activation += 1;
}

/* A warn function is not given a state: its own data stands in for it. */
void warn(void *data, const char *message, int to_continue)
{
	struct scene *scene = data;
	if (to_continue < 0)
		scene->leave(scene, 10);
	scene->visited = (long)strlen(message) * to_continue;
}

#if defined(__x86_64__)

/* Leaves rubbish in every register that a C function has to keep, then leaves without returning. */
int wreck_registers(struct scene *scene)
{
	__asm__ volatile(
		"mov $0x1111, %%rbx\n\t"
		"mov $0x2222, %%r12\n\t"
		"mov $0x3333, %%r13\n\t"
		"mov $0x4444, %%r14\n\t"
		"mov $0x5555, %%r15\n\t"
		"mov $0x6666, %%rbp\n\t"
		"and $-16, %%rsp\n\t"
		"call *%%rax\n\t"
		:
		: "a"(scene->leave), "D"(scene), "S"(scene->code)
		: "memory");
	__builtin_unreachable();
}

/*
 * Calls `run(scene)` with known values in the registers that a C function has to keep, and returns a bit for each that
 * came back changed. The result of `run` goes to scene->code.
 */
long registers_after(int (*run)(struct scene *), struct scene *scene)
{
	long changed, result = (long)run;
	__asm__ volatile(
		"push %%rbp\n\t"
		"push %%rbx\n\t"
		"mov $0x0102030405060708, %%rbx\n\t"
		"mov $0x1112131415161718, %%r12\n\t"
		"mov $0x2122232425262728, %%r13\n\t"
		"mov $0x3132333435363738, %%r14\n\t"
		"mov $0x4142434445464748, %%r15\n\t"
		"mov $0x5152535455565758, %%rbp\n\t"
		"call *%%rax\n\t"
		"xor %%ecx, %%ecx\n\t"
		"mov $0x0102030405060708, %%rdx\n\t"
		"cmp %%rdx, %%rbx\n\t je 1f\n\t or $1, %%ecx\n1:\n\t"
		"mov $0x1112131415161718, %%rdx\n\t"
		"cmp %%rdx, %%r12\n\t je 1f\n\t or $2, %%ecx\n1:\n\t"
		"mov $0x2122232425262728, %%rdx\n\t"
		"cmp %%rdx, %%r13\n\t je 1f\n\t or $4, %%ecx\n1:\n\t"
		"mov $0x3132333435363738, %%rdx\n\t"
		"cmp %%rdx, %%r14\n\t je 1f\n\t or $8, %%ecx\n1:\n\t"
		"mov $0x4142434445464748, %%rdx\n\t"
		"cmp %%rdx, %%r15\n\t je 1f\n\t or $16, %%ecx\n1:\n\t"
		"mov $0x5152535455565758, %%rdx\n\t"
		"cmp %%rdx, %%rbp\n\t je 1f\n\t or $32, %%ecx\n1:\n\t"
		"pop %%rbx\n\t"
		"pop %%rbp\n\t"
		: "+a"(result), "+D"(scene), "=&c"(changed)
		:
		: "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	sink = (int)result;
	return changed;
}

#endif
