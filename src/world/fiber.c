#include "world/fiber.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

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

/* Memory that is never touched costs nothing; a sanitizer's frames are larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK_BYTES = 512 * 1024 };
#else
enum { STACK_BYTES = 128 * 1024 };
#endif

/* The lowest word of each stack: whoever ran over its end has written here. */
static const uint64_t brand = UINT64_C(0x67696c73696d2121);

/* fiber_exchange(&from_sp, to_sp): the registers that a call keeps go onto the one stack and
 * come from the other. */
#if defined(__x86_64__)
__asm__(".text\n"
	".p2align 4\n"
	".hidden fiber_exchange\n"
	".globl fiber_exchange\n"
	".type fiber_exchange, @function\n"
	"fiber_exchange:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fiber_exchange, .-fiber_exchange\n");
#define HAS_EXCHANGE 1
enum { SAVED_WORDS_N = 6, RETURN_WORD = 6 };
#elif defined(__aarch64__)
__asm__(".text\n"
	".p2align 4\n"
	".hidden fiber_exchange\n"
	".globl fiber_exchange\n"
	".type fiber_exchange, %function\n"
	"fiber_exchange:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size fiber_exchange, .-fiber_exchange\n");
#define HAS_EXCHANGE 1
enum { SAVED_WORDS_N = 20, RETURN_WORD = 11 };
#else
#include <ucontext.h>
#define HAS_EXCHANGE 0
#endif


#if HAS_EXCHANGE
void fiber_exchange(void **from_sp, void *to_sp);
static void enter(void);

/* As if it had been switched away from just before its first step. */
static void prepare(struct fiber *f)
{
	uintptr_t top = ((uintptr_t)f->bottom + f->size_bytes) & ~(uintptr_t)15;
	/* A function is entered with its return address below a multiple of 16. */
	void **words = (void **)top - (SAVED_WORDS_N + (SAVED_WORDS_N == RETURN_WORD ? 2 : 0));
	words[RETURN_WORD] = (void *)enter;
	f->sp = words;
}

static void exchange(struct fiber *from, struct fiber *to)
{
	fiber_exchange(&from->sp, to->sp);
}
#else
static void enter(void);

static void prepare(struct fiber *f)
{
	enum { BRAND_BYTES = 64 };
	ucontext_t *context = (ucontext_t *)((char *)f->bottom + BRAND_BYTES);
	getcontext(context);
	context->uc_stack.ss_sp = (char *)(context + 1);
	context->uc_stack.ss_size = f->size_bytes - BRAND_BYTES - sizeof *context;
	makecontext(context, enter, 0);
	f->sp = context;
}

static void exchange(struct fiber *from, struct fiber *to)
{
	ucontext_t own;
	if (from->is_adopted)
		from->sp = &own;
	swapcontext(from->sp, to->sp);
}
#endif

static struct fiber *running, *before; /* and who switched to it */

/* Where the real thread's stack is, the first switch away from it tells. */
static void tell_of_arrival(struct fiber *f)
{
#ifdef __SANITIZE_ADDRESS__
	const void *bottom;
	size_t size_bytes;
	__sanitizer_finish_switch_fiber(f->asan, &bottom, &size_bytes);
	if (before->is_adopted) {
		before->bottom = (void *)bottom;
		before->size_bytes = size_bytes;
	}
#else
	(void)f;
#endif
}

static void tell_of_leaving(struct fiber *from, const struct fiber *to)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&from->asan, to->bottom, to->size_bytes);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)from;
	(void)to;
}

static void enter(void)
{
	tell_of_arrival(running);
	running->main(running->argument);
	abort(); /* it must not return */
}

void fiber_adopt(struct fiber *f)
{
	*f = (struct fiber){.is_adopted = true};
#ifdef __SANITIZE_THREAD__
	f->tsan = __tsan_get_current_fiber();
#endif
	running = f;
}

/* Not in large pages: of each stack only the end is used. */
int fiber_open(struct fiber *f, void (*main)(void *argument), void *argument)
{
	*f = (struct fiber){.size_bytes = STACK_BYTES, .main = main, .argument = argument};
	f->bottom = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->bottom == MAP_FAILED)
		return -ENOMEM;
	madvise(f->bottom, STACK_BYTES, MADV_NOHUGEPAGE);
	*(uint64_t *)f->bottom = brand;
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
	__asan_unpoison_memory_region(f->bottom, f->size_bytes);
#endif
	munmap(f->bottom, f->size_bytes);
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	if (!from->is_adopted && *(const uint64_t *)from->bottom != brand) {
		fprintf(stderr, "gilsim: fatal: a simulated thread ran over its stack of %d KiB\n",
			STACK_BYTES / 1024);
		abort();
	}
	before = from;
	running = to;
	tell_of_leaving(from, to);
	exchange(from, to);
	tell_of_arrival(from);
}
