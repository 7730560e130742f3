/* supers.h - the superinstructions of supers.def, in the interpreter loop (loop.h).
 *
 * Each does the usual case only: it looks at everything before it changes anything, and where
 * something is not as usual it leaves all to the opcodes that it stands for (`deopt`).  Between
 * these there is no check point, so nobody else runs or lets go of what a local or a list holds:
 * an object that comes and goes within one superinstruction is borrowed, not counted, as by
 * LOAD_FAST_BORROW of CPython 3.14 (Python/flowgraph.c optimize_load_fast). */

/* The operands of the k-th opcode that it stands for. */
#define LOCAL(k) locals[pc[k].arg]
#define CONST(k) p->consts[pc[k].arg]

/* Ends one of n opcodes. */
#define BEHIND(n) \
	do { \
		pc += (n); \
		DISPATCH(); \
	} while (0)
#define DEOPT_IF(condition) \
	do { \
		if (__builtin_expect(condition, 0)) \
			goto deopt; \
	} while (0)

/* Pushes rows[row][column] as one of n opcodes. */
#define LOAD_CELL_AT(rows, row, column, n) \
	do { \
		const union value *cell = floats_item(rows_item((rows).object, row), column); \
		DEOPT_IF(!cell); \
		sp++->i = world_load(&cell->i, RELAXED); \
		BEHIND(n); \
	} while (0)

	/* The check point of JUMP_BACKWARD is where the next round would go on. */
	TARGET(NEXT_OF_RANGE):
		pc = code + pc->arg;
		TRAP_IF(INTERP_CHECK(t), STOPPED);
		if (sp[-2].i < sp[-1].i) {
			LOCAL(1).i = sp[-2].i++;
			BEHIND(2);
		}
		sp -= 2;
		pc = code + pc->arg;
		DISPATCH();
	TARGET(JUMP_UNLESS): {
		int64_t a = LOCAL(0).i, b = CONST(1).i;
		pc = COMPARE(pc[2].arg) ? pc + 4 : code + pc[3].arg;
		DISPATCH();
	}
	TARGET(LOAD_LOAD):
		sp[0] = LOCAL(0);
		sp[1] = LOCAL(1);
		sp += 2;
		BEHIND(2);
	TARGET(ADD_CONST_STORE): {
		int64_t a = LOCAL(0).i, b = CONST(1).i;
		LOCAL(3).i = WRAPPING(+);
		BEHIND(4);
	}
	TARGET(ADD_INT_STORE): {
		int64_t a = sp[-2].i, b = sp[-1].i;
		sp -= 2;
		LOCAL(1).i = WRAPPING(+);
		BEHIND(2);
	}
	TARGET(LOAD_MUL_INT): {
		int64_t a = sp[-1].i, b = LOCAL(0).i;
		sp[-1].i = WRAPPING(*);
		BEHIND(2);
	}
	TARGET(LOAD_ADD_FLOAT):
		sp++->f = LOCAL(0).f + LOCAL(1).f;
		BEHIND(3);
	TARGET(ADD_FLOAT_STORE):
		sp -= 2;
		LOCAL(1).f = sp[0].f + sp[1].f;
		BEHIND(2);
	TARGET(ADD_LOAD_MUL):
		sp[-2].f = (sp[-2].f + sp[-1].f) * LOCAL(1).f;
		sp--;
		BEHIND(3);
	TARGET(MUL_ADD_FLOAT):
		sp[-3].f = sp[-3].f + sp[-2].f * sp[-1].f;
		sp -= 2;
		BEHIND(2);
	TARGET(MUL_DIV_FLOAT):
		sp[-3].f = sp[-3].f / (sp[-2].f * sp[-1].f);
		sp -= 2;
		BEHIND(2);
	TARGET(LOAD_BYTE): {
		const struct bytes *bytes = (const struct bytes *)LOCAL(0).object;
		int64_t i = LOCAL(1).i;
		DEOPT_IF(IS_OUTSIDE(bytes, i));
		sp++->i = bytes->items[i];
		BEHIND(3);
	}
	TARGET(LOAD_ITEM): {
		const union value *item = floats_item((struct floats *)LOCAL(0).object, LOCAL(1).i);
		DEOPT_IF(!item);
		sp++->i = world_load(&item->i, RELAXED);
		BEHIND(3);
	}
	TARGET(STORE_ITEM): {
		struct floats *list = (struct floats *)LOCAL(0).object;
		union value *item = floats_item(list, LOCAL(1).i);
		DEOPT_IF(!item || NEEDS_LOCK(&list->head));
		world_store(&item->i, (--sp)->i, RELAXED);
		BEHIND(3);
	}
	TARGET(LOAD_CELL):
		LOAD_CELL_AT(LOCAL(0), LOCAL(1).i, LOCAL(3).i, 5);
	TARGET(STORE_CELL): {
		struct floats *row = rows_item(LOCAL(0).object, LOCAL(1).i);
		union value *cell = floats_item(row, LOCAL(3).i);
		DEOPT_IF(!cell || NEEDS_LOCK(&row->head));
		world_store(&cell->i, (--sp)->i, RELAXED);
		BEHIND(5);
	}
	TARGET(LOAD_CELL_BELOW): {
		int64_t a = LOCAL(1).i, b = CONST(2).i;
		LOAD_CELL_AT(LOCAL(0), WRAPPING(+), LOCAL(5).i, 7);
	}
	TARGET(LOAD_CELL_ABOVE): {
		int64_t a = LOCAL(1).i, b = CONST(2).i;
		LOAD_CELL_AT(LOCAL(0), WRAPPING(-), LOCAL(5).i, 7);
	}
	TARGET(LOAD_CELL_AFTER): {
		int64_t a = LOCAL(3).i, b = CONST(4).i;
		LOAD_CELL_AT(LOCAL(0), LOCAL(1).i, WRAPPING(+), 7);
	}
	TARGET(LOAD_CELL_BEFORE): {
		int64_t a = LOCAL(3).i, b = CONST(4).i;
		LOAD_CELL_AT(LOCAL(0), LOCAL(1).i, WRAPPING(-), 7);
	}

#undef LOCAL
#undef CONST
#undef BEHIND
#undef DEOPT_IF
#undef LOAD_CELL_AT
