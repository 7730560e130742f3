#include "report/html.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

void html_put(struct html *h, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int size = h->failed ? 0 : vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		h->failed = -ENOMEM;
	else if (!h->failed)
		h->failed = buffer_append(&h->text, text, (size_t)size);
	free(size < 0 ? NULL : text);
}

/* What is no text at all is not passed on: a page must stay readable. */
void html_text(struct html *h, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		const char *entity = byte == '<'    ? "&lt;"
				     : byte == '>'  ? "&gt;"
				     : byte == '&'  ? "&amp;"
				     : byte == '"'  ? "&quot;"
				     : byte == '\'' ? "&#39;"
				     : byte < ' '   ? " "
						    : NULL;
		if (!h->failed)
			h->failed = entity ? buffer_append(&h->text, entity, strlen(entity))
					   : buffer_append(&h->text, text, 1);
	}
}

/* JSON */

enum { PATH_MOST = 160 };

static bool is_duration(const char *path)
{
	const char *found = strstr(path, "_ns");
	return found && (found[3] == '\0' || found[3] == '.');
}

static bool is_plain(const json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

static void put_plain(struct html *h, const char *path, const json_t *value)
{
	char text[40] = "-";
	if (json_is_string(value)) {
		html_text(h, json_string_value(value));
		return;
	}
	if (json_is_boolean(value))
		snprintf(text, sizeof text, "%s", json_is_true(value) ? "yes" : "no");
	else if (json_is_number(value) && is_duration(path))
		format_duration(json_number_value(value), text);
	else if (json_is_integer(value))
		format_count(json_integer_value(value), text);
	else if (json_is_real(value))
		snprintf(text, sizeof text, "%.4g", json_real_value(value));
	html_put(h, "%s", text);
}

/* An array without objects: what it holds, with commas between. */
static bool is_list(const json_t *value)
{
	const json_t *item;
	size_t k;
	if (!json_is_array(value))
		return false;
	json_array_foreach(value, k, item)
		if (!is_plain(item))
			return false;
	return true;
}

static void put_leaf(struct html *h, const char *path, const json_t *value)
{
	const json_t *item;
	size_t k;
	if (!json_is_array(value)) {
		put_plain(h, path, value);
		return;
	}
	json_array_foreach(value, k, item) {
		html_put(h, "%s", !k ? "" : json_is_string(item) ? "<br>" : ", ");
		put_plain(h, path, item);
	}
}

/* Calls `on` for each leaf, by its path. */
static void walk_leaves(struct html *h, const char *prefix, const json_t *object,
			void (*on)(struct html *h, const char *path, const json_t *value,
				   void *context),
			void *context)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)object, key, value) {
		char path[PATH_MOST];
		snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(value))
			walk_leaves(h, path, value, on, context);
		else if ((is_plain(value) || is_list(value)) && strcmp(key, "samples") != 0)
			on(h, path, value, context);
	}
}

static void put_fact(struct html *h, const char *path, const json_t *value, void *context)
{
	(void)context;
	if (json_is_null(value))
		return;
	html_put(h, "<tr><th scope=\"row\">");
	html_text(h, path);
	html_put(h, "</th><td>");
	put_leaf(h, path, value);
	html_put(h, "</td></tr>\n");
}

/* A column for each path that some element of the array has. */
static void note_column(struct html *h, const char *path, const json_t *value, void *context)
{
	if (!json_is_null(value) && json_object_set_new(context, path, json_true()))
		h->failed = -ENOMEM;
}

static void note_cell(struct html *h, const char *path, const json_t *value, void *context)
{
	if (json_object_set(context, path, (json_t *)value))
		h->failed = -ENOMEM;
}

static void put_row(struct html *h, const json_t *element, json_t *columns)
{
	json_t *cells = json_object(), *unused;
	const char *path;
	walk_leaves(h, "", element, note_cell, cells);
	html_put(h, "<tr>");
	json_object_foreach(columns, path, unused) {
		const json_t *value = json_object_get(cells, path);
		html_put(h, json_is_number(value) ? "<td class=\"number\">" : "<td>");
		if (value)
			put_leaf(h, path, value);
		html_put(h, "</td>");
	}
	html_put(h, "</tr>\n");
	json_decref(cells);
}

static void put_table(struct html *h, const json_t *array)
{
	json_t *columns = json_object(), *unused;
	const json_t *element;
	const char *path;
	size_t k;
	json_array_foreach(array, k, element)
		walk_leaves(h, "", element, note_column, columns);
	html_put(h, "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
	json_object_foreach(columns, path, unused) {
		html_put(h, "<th scope=\"col\">");
		html_text(h, path);
		html_put(h, "</th>");
	}
	html_put(h, "</tr></thead>\n<tbody>\n");
	json_array_foreach(array, k, element)
		put_row(h, element, columns);
	html_put(h, "</tbody></table></div>\n");
	json_decref(columns);
}

/* What facts and columns have no room for: the arrays of objects below a value, each a table. */
static void put_tables(struct html *h, const char *prefix, const json_t *value)
{
	const char *key;
	json_t *inner;
	const json_t *element;
	size_t k;
	if (json_is_array(value) && !is_list(value)) {
		html_put(h, "<h4>");
		html_text(h, prefix);
		html_put(h, "</h4>\n");
		put_table(h, value);
	}
	json_array_foreach(value, k, element) {
		char path[PATH_MOST];
		snprintf(path, sizeof path, "%s %zu", prefix, k + 1);
		put_tables(h, path, element);
	}
	json_object_foreach((json_t *)value, key, inner) {
		char path[PATH_MOST];
		snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? ", " : "", key);
		put_tables(h, path, inner);
	}
}

void html_json(struct html *h, const json_t *value)
{
	html_put(h, "<div class=\"scroll\" tabindex=\"0\"><table class=\"facts\">\n<tbody>\n");
	walk_leaves(h, "", value, put_fact, NULL);
	html_put(h, "</tbody></table></div>\n");
	put_tables(h, "", value);
}
