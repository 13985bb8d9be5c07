// `lab-web probe dns`: one question, asked as it is (no search domains, no /etc/hosts, no aliases followed), and all that was answered.
#pragma once

#include "probe-stream.h"

enum { type_ptr = 12, most_tcp_message = 65535, most_pointers = 64, truncated_bit = 2 };

static const struct {
	const char* name;
	int type;
} dns_types[] = {{"A", type_a}, {"AAAA", type_aaaa}, {"PTR", type_ptr}};

/** The number of a record type by name, 0 when it is none of ours. */
static int dns_type_named(const char* name) {
	for (size_t i = 0; i < sizeof dns_types / sizeof dns_types[0]; i++) {
		if (strcmp(dns_types[i].name, name) == 0) {
			return dns_types[i].type;
		}
	}
	return 0;
}

/** RFC 1035 4.1.1, in the words that everybody has for them. */
static const char* rcode_words(int rcode) {
	static const char* const words[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
	return rcode >= 0 && rcode < (int)(sizeof words / sizeof words[0]) ? words[rcode] : "OTHER";
}

/** RFC 1035 3.5, RFC 3596 2.5: where the name of an address is to be found. */
static void put_reverse_name(struct text* name, const struct address* address) {
	if (address->any.sa_family == AF_INET) {
		const uint8_t* bytes = (const uint8_t*)&address->v4.sin_addr;
		for (size_t i = 4; i > 0; i--) {
			put_number(name, bytes[i - 1]);
			put(name, ".");
		}
		put(name, "in-addr.arpa");
		return;
	}
	const uint8_t* bytes = (const uint8_t*)&address->v6.sin6_addr;
	for (size_t i = 16; i > 0; i--) {
		put_hex(name, bytes[i - 1] & 15);
		put(name, ".");
		put_hex(name, bytes[i - 1] >> 4);
		put(name, ".");
	}
	put(name, "ip6.arpa");
}

/** One label as zone files have it (RFC 1035 5.1): what is not a visible character, a dot or a backslash becomes \DDD. */
static void put_label(struct text* text, const uint8_t* bytes, size_t count) {
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = bytes[i];
		if (byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\') {
			put_bytes(text, &byte, 1);
			continue;
		}
		const char digits[] = {'\\', (char)('0' + byte / 100), (char)('0' + byte / 10 % 10), (char)('0' + byte % 10)};
		put_bytes(text, digits, sizeof digits);
	}
}

/** A name, compressed or not, without its last dot. False when it is broken. */
static bool put_name(struct text* text, const uint8_t* message, size_t size, size_t at) {
	size_t start = text->used;
	for (int pointers = 0; at < size && pointers < most_pointers;) {
		size_t length = message[at];
		if (length == 0) {
			return true;
		}
		if (length >= 0xc0) {
			at = at + 1 < size ? (length & 0x3f) << 8 | message[at + 1] : size;
			pointers++;
			continue;
		}
		if (length > 63 || at + 1 + length > size) {
			return false;
		}
		put(text, text->used == start ? "" : ".");
		put_label(text, message + at + 1, length);
		at += length + 1;
	}
	return false;
}

/** The record's data as one answer of the outcome; what is cut off or of the wrong size is left out. */
static void put_answer(struct outcome* outcome, const uint8_t* message, size_t size, size_t at, int type) {
	struct text* answers = &outcome->answers;
	size_t start = answers->used;
	bool is_whole = true;
	if (type == type_ptr) {
		is_whole = put_name(answers, message, size, at);
	} else if (type == type_a) {
		put_ip4(answers, message + at);
	} else {
		put_ip6(answers, message + at);
	}
	put_bytes(answers, "", 1);
	if (!is_whole || answers->used == answers->room) {
		answers->used = start;
	}
}

/** All records of that type among the answers, in their order. */
static void read_answers(struct outcome* outcome, const uint8_t* message, size_t size, int type) {
	size_t at = skip_name(message, size, 12) + 4;
	unsigned count = (unsigned)message[6] << 8 | message[7];
	size_t wanted = type == type_a ? 4 : type == type_aaaa ? 16 : 0;
	for (unsigned i = 0; i < count; i++) {
		at = skip_name(message, size, at);
		if (at + 10 > size) {
			return;
		}
		const uint8_t* record = message + at;
		size_t length = (size_t)record[8] << 8 | record[9];
		size_t data = at + 10;
		at = data + length;
		if (record[0] == 0 && record[1] == type && at <= size && (wanted == 0 || length == wanted)) {
			put_answer(outcome, message, size, data, type);
		}
	}
}

/** So many bytes, or false when that is how it ends. */
static bool read_exactly(const struct probe* probe, int fd, uint8_t* bytes, size_t count, struct outcome* outcome) {
	while (count > 0) {
		long got = read_more(fd, (char*)bytes, count, probe->deadline_us);
		if (got == 0) {
			conclude(outcome, "closed", "closed before the answer was whole");
		} else if (got == -ETIME) {
			conclude(outcome, "timeout", "connected, but no answer");
		} else if (got < 0) {
			conclude_error(outcome, (int)-got, fd);
		}
		if (got <= 0) {
			return false;
		}
		bytes += got;
		count -= (size_t)got;
	}
	return true;
}

/** The question over TCP, each message after its length (RFC 1035 4.2.2): the size of the answer, 0 when that is how it ends. */
static size_t ask_over_tcp(struct probe* probe, struct word name, int type, struct outcome* outcome, uint8_t message[most_tcp_message]) {
	int64_t started_us = probe->started_us;
	int fd = connect_to_target(probe, SOCK_STREAM, outcome);
	probe->started_us = started_us;
	uint8_t query[2 + most_name_bytes + 32];
	size_t size = write_query(query + 2, 1, name, type);
	query[0] = (uint8_t)(size >> 8);
	query[1] = (uint8_t)size;
	uint8_t length[2];
	if (fd < 0 || !send_all(probe, fd, (struct word){(const char*)query, size + 2}, 0, outcome) ||
		!read_exactly(probe, fd, length, 2, outcome)) {
		return 0;
	}
	size = (size_t)length[0] << 8 | length[1];
	if (!read_exactly(probe, fd, message, size, outcome)) {
		return 0;
	}
	if (size < 12 || memcmp(message, query + 2, 2) != 0) {
		conclude(outcome, "error", "the answer over TCP is none to the question");
		return 0;
	}
	return size;
}

/** What to ask for: the name itself, or where an address has its own. False when it is no name. */
static bool write_question(const struct probe* probe, int type, struct text* name) {
	struct address address;
	if (type == type_ptr && parse_ip(probe->target, strlen(probe->target), 0, &address)) {
		put_reverse_name(name, &address);
	} else {
		put(name, probe->target);
	}
	uint8_t query[most_name_bytes + 32];
	return name->used > 0 && name->used < most_name_bytes && write_query(query, 0, (struct word){name->at, name->used}, type) != 0;
}

/** Nobody knows anything of the name: silence, an error of a socket, or a server that is in trouble itself. */
static void conclude_trouble(struct outcome* outcome, int trouble) {
	if (trouble == -1) {
		conclude(outcome, "timeout", "no answer");
	} else if (trouble < 0) {
		outcome->result = result_of(-trouble);
		put_errno(&outcome->said, -trouble);
	}
}

static void probe_dns(struct probe* probe, struct outcome* outcome) {
	static uint8_t message[most_tcp_message];
	char words[most_name_bytes];
	struct text text = TEXT_OVER(words);
	struct resolver resolver;
	int type = dns_type_named(probe->type);
	read_resolver(&resolver);
	if (probe->server != NULL) {
		resolver.server_count = 1;
	}
	if (type == 0 || (probe->server != NULL && !parse_ip(probe->server, strlen(probe->server), 53, &resolver.servers[0]))) {
		conclude(outcome, "error", type == 0 ? "not a type that can be asked for: A, AAAA or PTR" : "not the address of a server");
		return;
	}
	if (!write_question(probe, type, &text)) {
		conclude(outcome, "error", "not a name that can be asked for");
		return;
	}
	struct word name = {text.at, text.used};
	size_t size = 0;
	probe->started_us = now_us();
	ask_servers(&resolver, name, type, probe->deadline_us, message, &size);
	outcome->address = resolver.servers[resolver.troubled];
	if (resolver.trouble >= 0 && (message[2] & truncated_bit) != 0) {
		size = ask_over_tcp(probe, name, type, outcome, message);
		if (size == 0) {
			outcome->micros = -1;
			return;
		}
		resolver.trouble = message[3] & 15;
	}
	if (resolver.trouble < 0) {
		conclude_trouble(outcome, resolver.trouble);
		return;
	}
	outcome->micros = now_us() - probe->started_us;
	outcome->rcode = rcode_words(resolver.trouble);
	read_answers(outcome, message, size, type);
	if (resolver.trouble != 0) {
		conclude(outcome, "unresolved", outcome->rcode);
	}
}
