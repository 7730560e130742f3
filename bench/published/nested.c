/* nested.c - a release section inside another: strict, as Py_BEGIN_ALLOW_THREADS, it is fatal;
 * if-held, as Numba's nogil functions, it nests.
 *
 *	nested strict|if-held */
#include <gilsim/gil.h>

#include <stdio.h>
#include <string.h>

static void inner(struct gilsim_thread *self, bool strict)
{
	if (strict) {
		gilsim_section_begin(self);
		gilsim_section_end(self);
	} else {
		bool begun = gilsim_section_begin_if_held(self);
		gilsim_section_end_if(self, begun);
	}
}

int main(int argc, char **argv)
{
	struct gilsim_lock *lock;
	struct gilsim_thread *self;
	struct gilsim_error err;
	bool strict = argc == 2 && strcmp(argv[1], "strict") == 0;
	if (!strict && (argc != 2 || strcmp(argv[1], "if-held") != 0)) {
		fprintf(stderr, "usage: nested strict|if-held\n");
		return 2;
	}
	if (gilsim_open(&lock, "cpython", GILSIM_ABSENT, GILSIM_ABSENT, &err) ||
	    gilsim_attach(&self, lock, "main", &err)) {
		fprintf(stderr, "nested: %s\n", err.text);
		return 3;
	}
	gilsim_take(self);
	gilsim_section_begin(self);
	inner(self, strict);
	gilsim_section_end(self);
	gilsim_detach(self);
	gilsim_close(lock);
	return 0;
}
