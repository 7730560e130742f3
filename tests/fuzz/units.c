/* units - numbers, lists, durations, percentages and paces, as options and scenarios have them. */
#include "fuzz.h"

#include "base/units.h"
#include "workload/pace.h"

static void check_whole(const char *text)
{
	struct error err = {""};
	int64_t value = 0;
	int failed = parse_whole("--n", text, 0, INT64_MAX - 1, &value, &err);
	check_failure(failed, &err);
	if (failed)
		return;
	char again[32], count[32];
	snprintf(again, sizeof again, "%lld", (long long)value);
	while (*text == '0' && text[1])
		text++;
	MUST(strcmp(text, again) == 0);
	MUST(strlen(format_count(value, count)) >= strlen(again));
}

static void check_list(const char *text)
{
	enum { LEAST = 3, MOST = 5000 };
	struct error err = {""};
	int64_t *values;
	size_t n;
	int failed = parse_wholes("--n", text, LEAST, MOST, &values, &n, &err);
	check_failure(failed, &err);
	MUST(failed ? !values && !n : n > 0);
	for (size_t k = 0; k < n; k++)
		MUST(values[k] >= LEAST && values[k] <= MOST);
	free(values);
}

static void check_measures(const char *text)
{
	struct error err = {""};
	int64_t ns = 0;
	double part = 0;
	const struct pace *pace = NULL;
	char shown[16];
	int failed = parse_duration("--t", text, &ns, &err);
	check_failure(failed, &err);
	MUST(failed || (ns >= 0 && ns <= INT64_C(86400000000000)));
	MUST(*format_duration((double)ns, shown));
	failed = parse_percent("--p", text, &part, &err);
	check_failure(failed, &err);
	MUST(failed || (part > 0 && part <= 1));
	failed = pace_parse("--pace", text, &pace, &err);
	check_failure(failed, &err);
	MUST(failed || !pace || (pace->ns[0] > 0 && pace->ns[0] <= 1e6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	check_whole(text);
	check_list(text);
	check_measures(text);
	free(text);
	return 0;
}
