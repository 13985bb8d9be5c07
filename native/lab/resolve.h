// Names to addresses as a container does it: the address itself, /etc/hosts, then the nameservers of /etc/resolv.conf
// (hosts(5), resolv.conf(5)) by a plain query over UDP. IPv4 first, then IPv6; the first address counts. No TCP, no EDNS.
#pragma once

#include "dns.h"
#include <fcntl.h>

enum { most_file_bytes = 65536, most_servers = 3, most_search = 8 };

/** What /etc/resolv.conf says; the words point into the file's bytes. */
struct resolver {
	struct address servers[most_servers];
	size_t server_count;
	struct word search[most_search];
	size_t search_count;
	uint64_t ndots;
	/** The rcode of the last answer that was none, -1 for silence, -errno (less than -1) when it could not be asked. */
	int trouble;
	size_t troubled;
};

/** The bytes of a small file; 0 when it is not there. */
static size_t read_file(const char* path, char* bytes, size_t room) {
	long fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	long got = 1;
	while (fd >= 0 && got > 0 && size < room) {
		got = sys(SYS_read, fd, bytes + size, room - size);
		size += got > 0 ? (size_t)got : 0;
	}
	sys(SYS_close, fd);
	return size;
}

/** The next word of a line; length 0 at its end. A comment is the end of the line. */
static struct word next_word(const char* bytes, size_t size, size_t* at) {
	while (*at < size && (bytes[*at] == ' ' || bytes[*at] == '\t' || bytes[*at] == '\r')) {
		(*at)++;
	}
	size_t start = *at;
	if (start < size && (bytes[start] == '#' || bytes[start] == ';')) {
		return (struct word){bytes + start, 0};
	}
	while (*at < size && bytes[*at] > ' ') {
		(*at)++;
	}
	return (struct word){bytes + start, *at - start};
}

static void skip_line(const char* bytes, size_t size, size_t* at) {
	while (*at < size && bytes[*at] != '\n') {
		(*at)++;
	}
	(*at)++;
}

static bool find_in_hosts(struct word name, uint16_t port, struct address* address) {
	static char bytes[most_file_bytes];
	size_t size = read_file("/etc/hosts", bytes, sizeof bytes);
	bool found = false;
	for (size_t at = 0; at < size; skip_line(bytes, size, &at)) {
		struct word ip = next_word(bytes, size, &at);
		struct address candidate;
		if (!parse_ip(ip.at, ip.length, port, &candidate) || (found && candidate.any.sa_family == AF_INET6)) {
			continue;
		}
		struct word alias = next_word(bytes, size, &at);
		while (alias.length > 0 && !same_letters(alias.at, alias.length, name.at, name.length)) {
			alias = next_word(bytes, size, &at);
		}
		if (alias.length > 0) {
			*address = candidate;
			found = true;
			if (candidate.any.sa_family == AF_INET) {
				break;
			}
		}
	}
	if (!found && same_letters(name.at, name.length, "localhost", 9)) {
		return parse_ip("127.0.0.1", 9, port, address);
	}
	return found;
}

static void read_resolver(struct resolver* resolver) {
	static char bytes[most_file_bytes];
	size_t size = read_file("/etc/resolv.conf", bytes, sizeof bytes);
	*resolver = (struct resolver){.ndots = 1};
	for (size_t at = 0; at < size; skip_line(bytes, size, &at)) {
		struct word key = next_word(bytes, size, &at);
		struct word value = next_word(bytes, size, &at);
		if (same_letters(key.at, key.length, "nameserver", 10)) {
			size_t count = resolver->server_count;
			bool is_ip = count < most_servers && parse_ip(value.at, value.length, 53, &resolver->servers[count]);
			resolver->server_count += is_ip;
		} else if (same_letters(key.at, key.length, "search", 6) || same_letters(key.at, key.length, "domain", 6)) {
			resolver->search_count = 0;
			for (; value.length > 0 && resolver->search_count < most_search; value = next_word(bytes, size, &at)) {
				resolver->search[resolver->search_count++] = value;
			}
		} else if (same_letters(key.at, key.length, "options", 7)) {
			for (; value.length > 0; value = next_word(bytes, size, &at)) {
				if (value.length > 6 && memcmp(value.at, "ndots:", 6) == 0) {
					parse_number(value.at + 6, value.length - 6, 15, &resolver->ndots);
				}
			}
		}
	}
	if (resolver->server_count == 0) {
		parse_ip("127.0.0.1", 9, 53, &resolver->servers[0]);
		resolver->server_count = 1;
	}
}

/** Asks each server, twice when they are silent or in trouble. True: one of them knows about the name, rcode 0 or 3. */
static bool ask_servers(struct resolver* resolver, struct word name, int type, int64_t deadline_us, uint8_t* message, size_t* size) {
	size_t tries = 2 * resolver->server_count;
	for (size_t i = 0; i < tries; i++) {
		int64_t now = now_us();
		if (i > 0 && now >= deadline_us) {
			break;
		}
		resolver->troubled = i % resolver->server_count;
		int64_t until_us = now + (deadline_us - now) / (int64_t)(tries - i);
		resolver->trouble = ask_server(&resolver->servers[resolver->troubled], name, type, until_us, message, size);
		if (resolver->trouble == 0 || resolver->trouble == rcode_no_name) {
			return true;
		}
	}
	return false;
}

enum finding { finding_address, finding_nothing, finding_trouble };

/** IPv4, then IPv6, of exactly this name. */
static enum finding find_exactly(struct resolver* resolver, struct word name, int64_t deadline_us, struct address* address) {
	static const int types[] = {type_a, type_aaaa};
	for (size_t i = 0; i < 2; i++) {
		uint8_t message[message_bytes];
		size_t size = 0;
		if (!ask_servers(resolver, name, types[i], deadline_us, message, &size)) {
			return finding_trouble;
		}
		if (resolver->trouble == rcode_no_name) {
			return finding_nothing;
		}
		if (find_in_answer(message, size, types[i], address)) {
			return finding_address;
		}
	}
	return finding_nothing;
}

static void put_trouble(struct text* why, const struct resolver* resolver) {
	int trouble = resolver->trouble;
	put(why, trouble == -1 ? ": no answer from " : trouble < 0 ? ": cannot ask " : ": refused by ");
	put_ip(why, &resolver->servers[resolver->troubled]);
	if (trouble < -1) {
		put(why, ": ");
		put_errno(why, -trouble);
	} else if (trouble > 0) {
		put(why, trouble == 2 ? ": SERVFAIL" : trouble == 5 ? ": REFUSED" : ": rcode ");
		if (trouble != 2 && trouble != 5) {
			put_number(why, (uint64_t)trouble);
		}
	}
}

/** The name as it is and with each search domain, in the order that ndots asks for (resolv.conf(5)). */
static enum finding find_by_dns(struct resolver* resolver, struct word name, int64_t deadline_us, struct address* address) {
	uint64_t dots = 0;
	for (size_t i = 0; i < name.length; i++) {
		dots += name.at[i] == '.';
	}
	bool is_absolute = name.at[name.length - 1] == '.';
	size_t domains = is_absolute ? 0 : resolver->search_count;
	bool as_is_first = is_absolute || dots >= resolver->ndots;
	for (size_t i = 0; i <= domains; i++) {
		char words[most_name_bytes];
		struct text candidate = TEXT_OVER(words);
		put_bytes(&candidate, name.at, name.length - is_absolute);
		bool is_as_is = i == (as_is_first ? 0 : domains);
		if (!is_as_is) {
			struct word domain = resolver->search[as_is_first ? i - 1 : i];
			put(&candidate, ".");
			put_bytes(&candidate, domain.at, domain.length);
		}
		if (candidate.used == candidate.room) {
			continue;
		}
		struct word whole = {candidate.at, candidate.used};
		enum finding finding = find_exactly(resolver, whole, deadline_us, address);
		if (finding != finding_nothing) {
			return finding;
		}
	}
	return finding_nothing;
}

/** The address of a name or number, with the port. False: `why` holds the reason in words. */
static bool resolve(const char* name, uint16_t port, int64_t deadline_us, struct address* address, struct text* why) {
	struct word word = {name, strlen(name)};
	if (parse_ip(name, word.length, port, address) || find_in_hosts(word, port, address)) {
		return true;
	}
	put_bytes(why, name, word.length < 100 ? word.length : 100);
	if (word.length == 0 || word.length >= most_name_bytes) {
		put(why, word.length == 0 ? "an empty name" : "…: too long for a name");
		return false;
	}
	struct resolver resolver;
	read_resolver(&resolver);
	memset(address, 0, sizeof *address);
	enum finding finding = find_by_dns(&resolver, word, deadline_us, address);
	if (finding == finding_trouble) {
		put_trouble(why, &resolver);
	} else if (finding == finding_nothing) {
		put(why, ": no such name, says ");
		put_ip(why, &resolver.servers[resolver.troubled]);
	}
	// Both families have their port at the same place.
	address->v4.sin_port = swap16(port);
	return finding == finding_address;
}
