#include "report/about.h"

#include <math.h>

#include "base/units.h"
#include "gilsim-config.h"
#include "world/host.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *whole_or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

json_t *about_gilsim(void)
{
	static const char *const features[] = {GILSIM_FEATURES};
	json_t *list = json_array();
	for (size_t k = 0; features[k]; k++)
		json_array_append_new(list, json_string(features[k]));
	return json_pack("{s:s, s:s, s:s, s:o}", "version", GILSIM_VERSION, "compiler",
			 GILSIM_COMPILER, "flags", GILSIM_FLAGS, "features", list);
}

json_t *about_host(void)
{
	struct host h;
	host_read(&h);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",
			 "cpu", text_or_null(h.cpu),
			 "cores_online", whole_or_null(h.cores_online),
			 "cores_allowed", whole_or_null(h.cores_allowed),
			 "kernel", text_or_null(h.kernel),
			 "libc", text_or_null(h.libc),
			 "governor", text_or_null(h.governor),
			 "virtualised", h.virtualised,
			 "load_1min", isnan(h.load_1min) ? json_null() : json_real(h.load_1min),
			 "time", text_or_null(h.time));
}
