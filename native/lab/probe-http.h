// `lab-web probe http URL`: one GET. The answer's status and the first 64 KiB of its body; redirects are not followed.
#pragma once

#include "probe-stream.h"

struct url {
	char host[most_name_bytes + 2];
	uint16_t port;
	/** As the Host field has it. */
	struct word authority;
	const char* path;
};

/** http://HOST[:PORT][/PATH]; HOST is a name, an IPv4 address or an IPv6 address in brackets. */
static bool parse_url(const char* words, struct url* url) {
	if (!starts_with(words, "http://")) {
		return false;
	}
	const char* authority = words + 7;
	size_t length = 0;
	while (authority[length] > ' ' && authority[length] != '/' && authority[length] != '?' && authority[length] != '#') {
		length++;
	}
	url->authority = (struct word){authority, length};
	url->path = authority + length;
	for (const char* at = url->path; *at != '\0'; at++) {
		if (*at <= ' ' || *at == 127) {
			return false;
		}
	}
	bool in_brackets = authority[0] == '[';
	size_t host = in_brackets;
	while (host < length && authority[host] != (in_brackets ? ']' : ':')) {
		host++;
	}
	size_t host_bytes = host - in_brackets;
	if (host_bytes == 0 || host_bytes >= sizeof url->host || (in_brackets && host == length)) {
		return false;
	}
	memcpy(url->host, authority + in_brackets, host_bytes);
	url->host[host_bytes] = '\0';
	host += in_brackets;
	uint64_t port = 80;
	if (host < length && (authority[host] != ':' || !parse_number(authority + host + 1, length - host - 1, 65535, &port))) {
		return false;
	}
	url->port = (uint16_t)port;
	return port != 0;
}

struct answer {
	int status;
	size_t head_bytes;
	/** SIZE_MAX: until the server closes. */
	size_t body_bytes;
	bool is_chunked;
};

/** The value of the field that a line of a head holds, if it is the one of that name. */
static bool field_value(const char* line, size_t length, const char* name, struct word* value) {
	size_t start = strlen(name);
	if (length <= start || line[start] != ':' || !same_letters(line, start, name, start)) {
		return false;
	}
	start++;
	while (start < length && (line[start] == ' ' || line[start] == '\t')) {
		start++;
	}
	while (length > start && (line[length - 1] == ' ' || line[length - 1] == '\r')) {
		length--;
	}
	*value = (struct word){line + start, length - start};
	return true;
}

/** False while the head is not whole; then status 0 means that it is not HTTP. */
static bool parse_answer(const char* bytes, size_t size, struct answer* answer) {
	*answer = (struct answer){.body_bytes = SIZE_MAX};
	size_t line = 0;
	uint64_t number = 0;
	for (size_t at = 0; at < size; at++) {
		if (bytes[at] != '\n') {
			continue;
		}
		size_t length = at - line;
		struct word value;
		if (line == 0) {
			bool is_http = length >= 12 && memcmp(bytes, "HTTP/1.", 7) == 0 && bytes[8] == ' ';
			if (!is_http || !parse_number(bytes + 9, 3, 999, &number) || number < 100) {
				return true;
			}
			answer->status = (int)number;
		} else if (length == 0 || (length == 1 && bytes[line] == '\r')) {
			answer->head_bytes = at + 1;
			bool has_none = answer->status < 200 || answer->status == 204 || answer->status == 304;
			answer->body_bytes = has_none ? 0 : answer->is_chunked ? SIZE_MAX : answer->body_bytes;
			return true;
		} else if (field_value(bytes + line, length, "Content-Length", &value)) {
			answer->body_bytes = parse_number(value.at, value.length, SIZE_MAX / 16, &number) ? number : SIZE_MAX;
		} else if (field_value(bytes + line, length, "Transfer-Encoding", &value)) {
			answer->is_chunked = same_letters(value.at, value.length, "chunked", 7);
		}
		line = at + 1;
	}
	return false;
}

/** RFC 9112, 7.1. Joins the chunks in place when `joined` is given; tells whether the last one is there. */
static bool walk_chunks(char* bytes, size_t size, size_t* joined) {
	size_t at = 0, to = 0;
	bool is_whole = false;
	while (at < size && !is_whole) {
		size_t length = 0, digits = 0;
		for (; at < size && hex_digit(bytes[at]) >= 0 && digits < 8; at++, digits++) {
			length = length << 4 | (size_t)hex_digit(bytes[at]);
		}
		while (at < size && bytes[at] != '\n') {
			at++;
		}
		at++;
		is_whole = digits == 0 || (length == 0 && at <= size);
		size_t here = at >= size ? 0 : size - at < length ? size - at : length;
		if (joined != NULL) {
			memmove(bytes + to, bytes + at, here);
		}
		to += here;
		at += here + 2;
	}
	if (joined != NULL) {
		*joined = to;
	}
	return is_whole;
}

/** HTTP/1.0, so that the answer ends with the connection; a server may still send chunks. */
static bool send_request(const struct probe* probe, const struct url* url, int fd, struct outcome* outcome) {
	size_t path = 0;
	while (url->path[path] != '\0' && url->path[path] != '#') {
		path++;
	}
	const struct word parts[] = {
		word_of(url->path[0] == '/' ? "GET " : "GET /"),
		{url->path, path},
		word_of(" HTTP/1.0\r\nHost: "),
		url->authority,
		word_of("\r\nUser-Agent: lab-web\r\nAccept: */*\r\nConnection: close\r\n\r\n"),
	};
	const size_t count = sizeof parts / sizeof *parts;
	for (size_t i = 0; i < count; i++) {
		if (!send_all(probe, fd, parts[i], i + 1 < count ? MSG_MORE : 0, outcome)) {
			return false;
		}
	}
	return true;
}

/** How it ended before the answer was whole: `got` as of read_more. */
static void conclude_early(struct outcome* outcome, long got, bool has_head, int fd) {
	if (got == -ETIME) {
		conclude(outcome, "timeout", has_head ? "the body did not end" : "connected, but no answer");
	} else if (got < 0) {
		conclude_error(outcome, (int)-got, fd);
	} else {
		conclude(outcome, "closed", has_head ? "closed before the body was whole" : "connected, then closed without an answer");
	}
}

static void read_answer(const struct probe* probe, int fd, struct outcome* outcome) {
	static char bytes[most_answer_head + most_body_kept];
	struct answer answer = {0};
	size_t size = 0;
	bool has_head = false, is_whole = false;
	long got = 1;
	while (!is_whole && size < sizeof bytes && (got = read_more(fd, bytes + size, sizeof bytes - size, probe->deadline_us)) > 0) {
		size += (size_t)got;
		if (!has_head && parse_answer(bytes, size, &answer)) {
			has_head = true;
			outcome->micros = now_us() - probe->started_us;
		}
		size_t body = size - answer.head_bytes;
		is_whole = has_head && (answer.status == 0 || body >= answer.body_bytes || body >= most_body_kept);
		is_whole |= has_head && answer.is_chunked && walk_chunks(bytes + answer.head_bytes, body, NULL);
	}
	outcome->status = has_head ? answer.status : 0;
	if (size > 0) {
		outcome->body = bytes + answer.head_bytes;
		outcome->body_bytes = size - answer.head_bytes;
	}
	if (answer.body_bytes < outcome->body_bytes) {
		outcome->body_bytes = answer.body_bytes;
	}
	if (has_head && answer.is_chunked) {
		walk_chunks(bytes + answer.head_bytes, outcome->body_bytes, &outcome->body_bytes);
	}
	bool ends_with_connection = has_head && got == 0 && !answer.is_chunked && answer.body_bytes == SIZE_MAX;
	if ((size > 0 && !has_head && (got >= 0 || got == -ECONNRESET)) || (has_head && answer.status == 0)) {
		conclude(outcome, "error", "the answer is not HTTP");
	} else if (!is_whole && !ends_with_connection) {
		conclude_early(outcome, got, has_head, fd);
	}
}

static void probe_http(struct probe* probe, struct outcome* outcome) {
	struct url url;
	if (!parse_url(probe->target, &url)) {
		conclude(outcome, "error", "not an address of the form http://HOST[:PORT][/PATH]");
		return;
	}
	int fd = resolve_target(probe, url.host, url.port, outcome) ? connect_to_target(probe, SOCK_STREAM, outcome) : -1;
	if (fd < 0) {
		return;
	}
	outcome->micros = -1;
	if (!send_request(probe, &url, fd, outcome)) {
		if (strcmp(outcome->result, "closed") != 0) {
			return;
		}
		// A server that closes early may still have left an answer.
		outcome->result = "ok";
		outcome->said.used = 0;
	}
	read_answer(probe, fd, outcome);
}
