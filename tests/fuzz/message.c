/* message - what a process may have been sent: messages of tasks in some layouts.  The first byte
 * is the layout, the rest what stands behind the message's size. */
#include "fuzz.h"

#include "mode/message.h"

enum { TASKS_MOST = 4, NUMBERS_MOST = 3 };

/* What is accepted is what would be written. */
static void check_again(const struct message *m, struct layout *l, struct parcel p,
			const union value *numbers)
{
	struct message again = {0};
	MUST(p.n >= 0 && p.n <= TASKS_MOST);
	MUST(message_write(&again, l, p, numbers) == 0);
	MUST(again.bytes.size == m->bytes.size &&
	     memcmp(again.bytes.bytes, m->bytes.bytes, m->bytes.size) == 0);
	message_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layout l;
	struct message m = {0};
	struct parcel p;
	union value numbers[TASKS_MOST * NUMBERS_MOST];
	if (!size)
		return 0;
	uint64_t bytes = size - 1;
	MUST(layout_open(&l, (enum way)(data[0] & 1), (data[0] >> 1) % (NUMBERS_MOST + 1),
			 data[0] >> 3) == 0);
	MUST(buffer_append(&m.bytes, &bytes, sizeof bytes) == 0);
	MUST(buffer_append(&m.bytes, data + 1, size - 1) == 0);
	if (message_read(&m, &l, TASKS_MOST, &p, numbers) == 0)
		check_again(&m, &l, p, numbers);
	message_free(&m);
	layout_close(&l);
	return 0;
}
