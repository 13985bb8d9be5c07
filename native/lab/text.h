// Text without stdio: a bounded buffer to put words and numbers into, numbers read strictly, errno in words.
#pragma once

#include "bare.h"

/** What does not fit is left out, never written beyond `room`. */
struct text {
	char* at;
	size_t room;
	size_t used;
};

/** A text over an array of characters. */
#define TEXT_OVER(array) \
	{ .at = (array), .room = sizeof(array) }

static inline void put_bytes(struct text* text, const void* bytes, size_t count) {
	size_t left = text->room - text->used;
	size_t fitting = count < left ? count : left;
	memcpy(text->at + text->used, bytes, fitting);
	text->used += fitting;
}

static inline void put(struct text* text, const char* words) {
	put_bytes(text, words, strlen(words));
}

static inline void put_number(struct text* text, uint64_t number) {
	char digits[20];
	size_t first = sizeof digits;
	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	put_bytes(text, digits + first, sizeof digits - first);
}

static inline void put_hex(struct text* text, unsigned number) {
	bool started = false;
	for (int shift = 28; shift >= 0; shift -= 4) {
		unsigned digit = number >> shift & 15;
		if (started || digit != 0 || shift == 0) {
			put_bytes(text, &"0123456789abcdef"[digit], 1);
			started = true;
		}
	}
}

/** Decimal digits only, at least one, up to `most`. */
static inline bool parse_number(const char* words, size_t length, uint64_t most, uint64_t* number) {
	uint64_t value = 0;
	for (size_t i = 0; i < length; i++) {
		if (words[i] < '0' || words[i] > '9') {
			return false;
		}
		value = value * 10 + (uint64_t)(words[i] - '0');
		if (value > most) {
			return false;
		}
	}
	*number = value;
	return length > 0;
}

static inline char lower(char letter) {
	return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

static inline bool same_letters(const char* a, size_t a_length, const char* b, size_t b_length) {
	if (a_length != b_length) {
		return false;
	}
	for (size_t i = 0; i < a_length; i++) {
		if (lower(a[i]) != lower(b[i])) {
			return false;
		}
	}
	return true;
}

static inline bool starts_with(const char* words, const char* start) {
	return strlen(words) >= strlen(start) && memcmp(words, start, strlen(start)) == 0;
}

/** errno (positive) in the words that libc has for it; "errno 95" for those that these programs do not meet. */
static inline void put_errno(struct text* text, int number) {
	static const struct {
		int number;
		const char* words;
	} known[] = {
		{EPERM, "Operation not permitted"},
		{ENOENT, "No such file or directory"},
		{EBADF, "Bad file descriptor"},
		{ENOMEM, "Cannot allocate memory"},
		{EACCES, "Permission denied"},
		{ENOTDIR, "Not a directory"},
		{EINVAL, "Invalid argument"},
		{EMFILE, "Too many open files"},
		{EPIPE, "Broken pipe"},
		{ENOTSOCK, "Socket operation on non-socket"},
		{EMSGSIZE, "Message too long"},
		{EPROTO, "Protocol error"},
		{ENOPROTOOPT, "Protocol not available"},
		{EAFNOSUPPORT, "Address family not supported by protocol"},
		{EADDRINUSE, "Address already in use"},
		{EADDRNOTAVAIL, "Cannot assign requested address"},
		{ENETDOWN, "Network is down"},
		{ENETUNREACH, "Network is unreachable"},
		{ECONNABORTED, "Software caused connection abort"},
		{ECONNRESET, "Connection reset by peer"},
		{ENOBUFS, "No buffer space available"},
		{ETIMEDOUT, "Connection timed out"},
		{ECONNREFUSED, "Connection refused"},
		{EHOSTDOWN, "Host is down"},
		{EHOSTUNREACH, "No route to host"},
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (known[i].number == number) {
			put(text, known[i].words);
			return;
		}
	}
	put(text, "errno ");
	put_number(text, (uint64_t)number);
}

/** Writes it all, unless the other end is gone. */
static inline void write_all(int fd, const char* bytes, size_t count) {
	while (count > 0) {
		long written = sys(SYS_write, fd, bytes, count);
		if (written == -EINTR) {
			continue;
		}
		if (written <= 0) {
			return;
		}
		bytes += written;
		count -= (size_t)written;
	}
}
