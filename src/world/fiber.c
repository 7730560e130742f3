#include "world/fiber.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* gcc defines what clang is asked for. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

static struct fiber *running, *before; /* and who switched to it */

/* exchange(from, to) returns when somebody goes back to `from`.  What a call must keep the
 * compiler saves, for it is told that nothing is left; the rest is in the fiber.  And it is no
 * call: the jump is nearly always to the same place, which a processor foresees, and so it does
 * the returns that come next, where both fibers came the same way. */
#if !defined(FIBER_UCONTEXT) && defined(__x86_64__) && defined(__LP64__)
enum { RETURN_BYTES = 8 }; /* so far below a multiple of 16 a function begins */

static inline void exchange(void **from, void **to)
{
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rsp, 0(%0)\n\t"
			 "movq %%rbp, 8(%0)\n\t"
			 "movq %%rax, 16(%0)\n\t"
			 "movq 0(%1), %%rsp\n\t"
			 "movq 8(%1), %%rbp\n\t"
			 "jmpq *16(%1)\n"
			 "1:"
			 : "+D"(from), "+S"(to)
			 :
			 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
			   "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
			   "xmm15", "cc", "memory");
}
#elif !defined(FIBER_UCONTEXT) && defined(__aarch64__) && defined(__LP64__)
enum { RETURN_BYTES = 0 };

static inline void exchange(void **from, void **to)
{
	register void **x0 __asm__("x0") = from;
	register void **x1 __asm__("x1") = to;
	__asm__ volatile("adr x2, 1f\n\t"
			 "mov x3, sp\n\t"
			 "stp x3, x29, [x0]\n\t"
			 "str x2, [x0, #16]\n\t"
			 "ldp x3, x29, [x1]\n\t"
			 "ldr x2, [x1, #16]\n\t"
			 "mov sp, x3\n\t"
			 "br x2\n"
			 "1:"
			 : "+r"(x0), "+r"(x1)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23",
			   "x24", "x25", "x26", "x27", "x28", "x30", "v0", "v1", "v2", "v3", "v4",
			   "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
			   "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25",
			   "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory");
}
#else
#define HAS_UCONTEXT 1
#include <ucontext.h>

static void exchange(void **from, void **to)
{
	ucontext_t own;
	if (before->is_adopted)
		from[0] = &own;
	swapcontext(from[0], to[0]);
}
#endif

/* Where the real thread's stack is, the first switch away from it tells. */
static void tell_of_arrival(void)
{
#ifdef __SANITIZE_ADDRESS__
	const void *stack;
	size_t size_bytes;
	__sanitizer_finish_switch_fiber(running->asan, &stack, &size_bytes);
	if (before->is_adopted) {
		before->stack = (char *)stack;
		before->size_bytes = size_bytes;
	}
#endif
}

static void tell_of_leaving(struct fiber *from, const struct fiber *to)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&from->asan, to->stack, to->size_bytes);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)from;
	(void)to;
}

static void enter(void)
{
	tell_of_arrival();
	running->main(running->argument);
	abort(); /* it must not return */
}

enum {
	/* Below each stack, where nothing can be written.  With it a stack has an odd number of
	 * pages: or their ends would all compete for the same few places of a TLB. */
	GUARD_BYTES = 68 * 1024,
	/* Each makes two areas of memory, of which a process has 65,530 (vm.max_map_count). */
	GUARDS_MOST = 16384
};

/* As if it had been switched away from just before its first step.  Where they begin in
 * their last page differs from one to the next, for the caches' sake. */
static void prepare(struct fiber *f)
{
	enum { COLOURS_N = 32, COLOUR_BYTES = 64 };
	size_t colour = (uintptr_t)f->stack / (GUARD_BYTES + FIBER_STACK_BYTES) % COLOURS_N;
	char *top = f->stack + f->size_bytes - colour * COLOUR_BYTES;
#ifdef HAS_UCONTEXT
	ucontext_t *context = (ucontext_t *)top - 1;
	getcontext(context);
	context->uc_stack.ss_sp = f->stack;
	context->uc_stack.ss_size = (size_t)((char *)context - f->stack);
	makecontext(context, enter, 0);
	f->at[0] = context;
#else
	f->at[0] = top - RETURN_BYTES;
	f->at[2] = (void *)enter;
#endif
}

/* --- stacks --- */

/* At the end of a stack that nobody has. */
struct leftover {
	char *next;
	bool has_guard;
};

static char *unused; /* stacks */

static struct leftover *leftover_of(char *stack)
{
	return (struct leftover *)(stack + FIBER_STACK_BYTES) - 1;
}

/* Memory that is never touched costs nothing.  Not in large pages: of each only the end is used. */
static char *new_stack(bool *has_guard)
{
	static int guards_n;
	size_t size_bytes = GUARD_BYTES + FIBER_STACK_BYTES;
	char *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size_bytes, MADV_NOHUGEPAGE);
	*has_guard = guards_n < GUARDS_MOST && mprotect(memory, GUARD_BYTES, PROT_NONE) == 0;
	guards_n += *has_guard;
	return memory + GUARD_BYTES;
}

static char *take_stack(bool *has_guard)
{
	char *stack = unused;
	if (!stack)
		return new_stack(has_guard);
	unused = leftover_of(stack)->next;
	*has_guard = leftover_of(stack)->has_guard;
	return stack;
}

static void end_overrun(void)
{
	static const char said[] =
		"gilsim: fatal: a simulated thread ran over its stack of 192 KiB\n";
	if (write(STDERR_FILENO, said, sizeof said - 1) > 0)
		abort();
	abort();
}

/* Without a guard: what is below is nobody's, too, so that it is early enough to look when it is
 * left. */
static void check_end(const struct fiber *f)
{
	enum { WORDS_N = 8 };
	const uintptr_t *lowest = (const uintptr_t *)f->stack;
	for (int k = 0; k < WORDS_N; k++)
		if (lowest[k])
			end_overrun();
}

static struct sigaction foreign; /* what was done on a fault before */

/* Any other fault happens again, and is dealt with as before; what somebody sent does not. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	const char *at = info->si_addr;
	bool was_sent = info->si_code <= 0;
	(void)context;
	if (!was_sent && !running->is_adopted && at < running->stack &&
	    at >= running->stack - GUARD_BYTES)
		end_overrun();
	sigaction(number, &foreign, NULL);
	if (was_sent)
		(void)raise(number);
}

/* Where a stack has ended the handler needs another. */
static void watch_for_faults(void)
{
	enum { HANDLER_BYTES = 64 * 1024 };
	static char memory[HANDLER_BYTES];
	const stack_t stack = {.ss_sp = memory, .ss_size = HANDLER_BYTES};
	const struct sigaction action = {.sa_sigaction = on_fault,
					 .sa_flags = SA_SIGINFO | SA_ONSTACK};
	struct sigaction found;
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, &found);
	if (found.sa_sigaction != on_fault)
		foreign = found;
}

/* --- fibers --- */

void fiber_adopt(struct fiber *f)
{
	*f = (struct fiber){.is_adopted = true};
#ifdef __SANITIZE_THREAD__
	f->tsan = __tsan_get_current_fiber();
#endif
	running = f;
	watch_for_faults();
}

int fiber_open(struct fiber *f, void (*main)(void *argument), void *argument)
{
	*f = (struct fiber){.size_bytes = FIBER_STACK_BYTES, .main = main, .argument = argument};
	bool has_guard;
	f->stack = take_stack(&has_guard);
	if (!f->stack)
		return -ENOMEM;
	f->lacks_guard = !has_guard;
#ifdef __SANITIZE_THREAD__
	f->tsan = __tsan_create_fiber(0);
#endif
	prepare(f);
	return 0;
}

void fiber_close(struct fiber *f)
{
	if (f->is_adopted)
		return;
#ifdef __SANITIZE_THREAD__
	__tsan_destroy_fiber(f->tsan);
#endif
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(f->stack, f->size_bytes);
#endif
	*leftover_of(f->stack) = (struct leftover){unused, !f->lacks_guard};
	unused = f->stack;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	if (from->lacks_guard)
		check_end(from);
	before = from;
	running = to;
	tell_of_leaving(from, to);
	exchange(from->at, to->at);
	tell_of_arrival();
}
