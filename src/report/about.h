/* about.h - who measured and where, as every JSON document opens.
 *
 * Errors   NULL: no memory. */
#pragma once

#include <jansson.h>

json_t *about_gilsim(void);
json_t *about_host(void);
