// A DNS question as bytes (RFC 1035). Who asks it: dns.h, lab-names.c.
#pragma once

#include "net.h"

enum { most_name_bytes = 254, message_bytes = 1232 };
enum { type_a = 1, type_aaaa = 28, rcode_no_name = 3 };

struct word {
	const char* at;
	size_t length;
};

static inline struct word word_of(const char* text) {
	return (struct word){text, strlen(text)};
}

/** RFC 1035, 4.1: a header that asks for recursion, one question. 0 when the name is none. */
static size_t write_query(uint8_t* message, uint16_t id, struct word name, int type) {
	memset(message, 0, 12);
	message[0] = (uint8_t)(id >> 8);
	message[1] = (uint8_t)id;
	message[2] = 1;
	message[5] = 1;
	size_t size = 12;
	for (size_t at = 0; at < name.length; at++) {
		size_t start = at;
		while (at < name.length && name.at[at] != '.') {
			at++;
		}
		if (at == start || at - start > 63) {
			return 0;
		}
		message[size++] = (uint8_t)(at - start);
		memcpy(message + size, name.at + start, at - start);
		size += at - start;
	}
	const uint8_t end[] = {0, 0, (uint8_t)type, 0, 1};
	memcpy(message + size, end, sizeof end);
	return size + sizeof end;
}
