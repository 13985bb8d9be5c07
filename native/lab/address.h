// Addresses as bytes and as words: IPv4, IPv6 with a scope, endpoints. No names: those are resolve.h's.
#pragma once

#include "text.h"
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct address {
	socklen_t size;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

enum { ip_text_bytes = 64 };

static inline uint16_t swap16(uint16_t number) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap16(number);
#else
	return number;
#endif
}

static inline bool parse_ip4(const char* words, size_t length, uint8_t bytes[4]) {
	size_t at = 0;
	for (int i = 0; i < 4; i++) {
		size_t start = at;
		while (at < length && words[at] != '.') {
			at++;
		}
		uint64_t byte;
		if (at - start > 3 || !parse_number(words + start, at - start, 255, &byte) || (at < length) != (i < 3)) {
			return false;
		}
		bytes[i] = (uint8_t)byte;
		at++;
	}
	return true;
}

static inline int hex_digit(char letter) {
	letter = lower(letter);
	if (letter >= '0' && letter <= '9') {
		return letter - '0';
	}
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/** RFC 4291, 2.2: groups, one "::", a dotted quad at the end. */
static inline bool parse_ip6(const char* words, size_t length, uint8_t bytes[16]) {
	size_t filled = 0, gap = SIZE_MAX, at = 0;
	if (length >= 2 && words[0] == ':' && words[1] == ':') {
		gap = 0;
		at = 2;
	}
	while (at < length) {
		size_t start = at;
		unsigned group = 0;
		while (at < length && at - start < 4 && hex_digit(words[at]) >= 0) {
			group = group << 4 | (unsigned)hex_digit(words[at++]);
		}
		if (at < length && words[at] == '.' && filled <= 12) {
			if (!parse_ip4(words + start, length - start, bytes + filled)) {
				return false;
			}
			filled += 4;
			break;
		}
		if (at == start || filled > 14) {
			return false;
		}
		bytes[filled++] = (uint8_t)(group >> 8);
		bytes[filled++] = (uint8_t)group;
		if (at == length) {
			break;
		}
		if (words[at] != ':' || ++at == length) {
			return false;
		}
		if (words[at] == ':') {
			if (gap != SIZE_MAX) {
				return false;
			}
			gap = filled;
			at++;
		}
	}
	if (gap == SIZE_MAX || filled > 14) {
		return filled == 16 && gap == SIZE_MAX;
	}
	memmove(bytes + 16 - (filled - gap), bytes + gap, filled - gap);
	memset(bytes + gap, 0, 16 - filled);
	return true;
}

/** The index of an interface by name or number, for "fe80::1%eth0"; 0 when there is none. */
static inline uint32_t scope_index(const char* words, size_t length) {
	uint64_t number;
	if (parse_number(words, length, UINT32_MAX, &number)) {
		return (uint32_t)number;
	}
	struct ifreq request = {0};
	if (length >= sizeof request.ifr_name) {
		return 0;
	}
	memcpy(request.ifr_name, words, length);
	long fd = sys(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result = sys(SYS_ioctl, fd, SIOCGIFINDEX, &request);
	sys(SYS_close, fd);
	return result < 0 ? 0 : (uint32_t)request.ifr_ifindex;
}

/** A numeric IPv4 or IPv6 address, the latter with or without a scope. */
static inline bool parse_ip(const char* words, size_t length, uint16_t port, struct address* address) {
	memset(address, 0, sizeof *address);
	if (parse_ip4(words, length, (uint8_t*)&address->v4.sin_addr)) {
		address->size = sizeof address->v4;
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = swap16(port);
		return true;
	}
	memset(address, 0, sizeof *address);
	size_t scope = 0;
	while (scope < length && words[scope] != '%') {
		scope++;
	}
	if (!parse_ip6(words, scope, (uint8_t*)&address->v6.sin6_addr)) {
		return false;
	}
	address->size = sizeof address->v6;
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = swap16(port);
	if (scope < length) {
		address->v6.sin6_scope_id = scope_index(words + scope + 1, length - scope - 1);
		return address->v6.sin6_scope_id != 0;
	}
	return true;
}

static inline void put_ip4(struct text* text, const uint8_t bytes[4]) {
	for (int i = 0; i < 4; i++) {
		put(text, i == 0 ? "" : ".");
		put_number(text, bytes[i]);
	}
}

/** RFC 5952: lower case, the first longest run of two or more zero groups as "::"; v4-mapped as IPv4. */
static inline void put_ip6(struct text* text, const uint8_t bytes[16]) {
	static const uint8_t mapped[12] = {[10] = 255, [11] = 255};
	if (memcmp(bytes, mapped, sizeof mapped) == 0) {
		put_ip4(text, bytes + 12);
		return;
	}
	int first = -1, longest = 1;
	for (int i = 0; i < 8; i++) {
		int run = 0;
		while (i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0) {
			run++;
		}
		if (run > longest) {
			first = i;
			longest = run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == first) {
			put(text, "::");
			i += longest - 1;
			continue;
		}
		put(text, i == 0 || i == first + longest ? "" : ":");
		put_hex(text, (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1]);
	}
}

static inline void put_ip(struct text* text, const struct address* address) {
	if (address->any.sa_family == AF_INET) {
		put_ip4(text, (const uint8_t*)&address->v4.sin_addr);
	} else {
		put_ip6(text, (const uint8_t*)&address->v6.sin6_addr);
	}
}

/** "192.0.2.1:80" or "[2001:db8::1]:80" */
static inline void put_endpoint(struct text* text, const struct address* address) {
	bool is_v6 = address->any.sa_family == AF_INET6;
	put(text, is_v6 ? "[" : "");
	put_ip(text, address);
	put(text, is_v6 ? "]:" : ":");
	put_number(text, swap16(is_v6 ? address->v6.sin6_port : address->v4.sin_port));
}
