// HTTP as lab-web serves it: the head of a request, and one answer for each. No keep-alive, no request bodies, no ranges.
#pragma once

#include "web-server.h"
#include <sys/utsname.h>

enum method { method_wrong, method_get, method_head, method_other };

struct request {
	enum method method;
	/** As it was sent; printable, without spaces. */
	const char *method_words, *target;
	size_t method_length, target_length;
};

/** RFC 9112, 3: METHOD SP TARGET SP HTTP/1.x, of which this takes what is printable. */
static struct request parse_request_line(const char* line, size_t length) {
	struct request request = {.method = method_wrong, .method_words = line};
	size_t at = 0;
	while (at < length && line[at] >= 'A' && line[at] <= 'Z') {
		at++;
	}
	request.method_length = at;
	if (at == 0 || at == length || line[at] != ' ') {
		return request;
	}
	request.target = line + ++at;
	while (at < length && line[at] > ' ' && line[at] < 127) {
		at++;
	}
	request.target_length = (size_t)(line + at - request.target);
	if (request.target_length == 0 || length - at < 9 || memcmp(line + at, " HTTP/1.", 8) != 0) {
		return request;
	}
	bool is_get = same_letters(line, request.method_length, "GET", 3);
	bool is_head = same_letters(line, request.method_length, "HEAD", 4);
	request.method = is_get ? method_get : is_head ? method_head : method_other;
	return request;
}

static struct request read_request(const struct client* client) {
	size_t length = 0;
	while (length < client->end && client->buffer[length] != '\n') {
		length++;
	}
	return parse_request_line(client->buffer, length > 0 && client->buffer[length - 1] == '\r' ? length - 1 : length);
}

enum head { head_unfinished, head_whole, head_wrong, head_too_long };

/** Looks on through the head from where it stopped. What does not begin like a request is not read further. */
static enum head look_through_head(struct client* client) {
	const char* head = client->buffer;
	if (head[0] < 'A' || head[0] > 'Z') {
		return head_wrong;
	}
	while (client->at < client->end) {
		uint32_t i = client->at++;
		if (head[i] != '\n') {
			continue;
		}
		if (!client->has_line && read_request(client).method == method_wrong) {
			return head_wrong;
		}
		client->has_line = true;
		if (head[i - 1] == '\n' || (head[i - 1] == '\r' && head[i - 2] == '\n')) {
			return head_whole;
		}
	}
	return client->end == most_request_bytes ? head_too_long : head_unfinished;
}

static const char* status_words(int status) {
	static const struct {
		int status;
		const char* words;
	} known[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{418, "I'm a teapot"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (known[i].status == status) {
			return known[i].words;
		}
	}
	return "Status";
}

/** "GET /path 200 192.0.2.9"; a request that was none as "- - 400 192.0.2.9". A full pipe loses the line, never waits. */
static void log_request(const struct request* request, int status, const struct address* peer) {
	char words[1024];
	struct text line = {.at = words, .room = sizeof words - 100};
	bool is_wrong = request->method == method_wrong;
	put_bytes(&line, is_wrong ? "-" : request->method_words, is_wrong ? 1 : request->method_length);
	put(&line, " ");
	put_bytes(&line, is_wrong ? "-" : request->target, is_wrong ? 1 : request->target_length);
	line.room = sizeof words;
	put(&line, " ");
	put_number(&line, (uint64_t)status);
	put(&line, " ");
	put_peer_line(&line, peer);
	struct pollfd output = {.fd = 1, .events = POLLOUT};
	struct timespec now = {0};
	if (sys(SYS_ppoll, &output, 1, &now, NULL, 8) == 1 && (output.revents & POLLOUT) != 0) {
		sys(SYS_write, 1, line.at, line.used);
	}
}

/** Status line and fields, up to and with the blank line. Statuses without content have no length (RFC 9110, 6.4.1). */
static void put_answer_head(struct text* answer, int status, const char* type, uint64_t body_bytes) {
	put(answer, "HTTP/1.1 ");
	put_number(answer, (uint64_t)status);
	put(answer, " ");
	put(answer, status_words(status));
	put(answer, "\r\n");
	if (status == 405) {
		put(answer, "Allow: GET, HEAD\r\n");
	}
	if (status != 204 && status != 304) {
		put(answer, "Content-Type: ");
		put(answer, type);
		put(answer, "\r\nContent-Length: ");
		put_number(answer, body_bytes);
		put(answer, "\r\n");
	}
	put(answer, "Connection: close\r\n\r\n");
}

static void put_url_decoded(struct text* text, const char* words, size_t length) {
	for (size_t i = 0; i < length; i++) {
		char byte = words[i];
		if (byte == '%' && i + 2 < length && hex_digit(words[i + 1]) >= 0 && hex_digit(words[i + 2]) >= 0) {
			byte = (char)(hex_digit(words[i + 1]) << 4 | hex_digit(words[i + 2]));
			i += 2;
		}
		put_bytes(text, &byte, 1);
	}
}

/** The place of an answer's body. */
static struct text body_of(struct client* client) {
	return (struct text){.at = client->buffer + body_at, .room = most_body_bytes};
}

/** Puts the head in front of the body, which stays away for HEAD and for statuses that have none. */
static void finish_answer(struct client* client, int status, size_t body_bytes, bool with_body) {
	char words[body_at - answer_at];
	struct text head = TEXT_OVER(words);
	put_answer_head(&head, status, "text/plain; charset=utf-8", body_bytes);
	client->at = (uint32_t)(body_at - head.used);
	client->end = (uint32_t)(body_at + (with_body && status != 204 && status != 304 ? body_bytes : 0));
	memcpy(client->buffer + client->at, head.at, head.used);
}

/** What a request that is not served gets: its status in words. */
static void refuse_request(struct client* client, int status, bool with_body) {
	struct text body = body_of(client);
	put(&body, status_words(status));
	put(&body, "\n");
	finish_answer(client, status, body.used, with_body);
}

static void put_host_name(struct text* text) {
	struct utsname name;
	if (sys(SYS_uname, &name) == 0) {
		put(text, name.nodename);
	}
	put(text, "\n");
}

static void put_service_body(struct text* body, const struct client* client) {
	const struct service* service = client->service;
	if (service->echo == echo_peer) {
		put_peer_line(body, &client->peer);
	} else if (service->echo == echo_headers) {
		put_bytes(body, client->buffer, client->at);
	} else if (service->body != NULL) {
		put_url_decoded(body, service->body, service->body_length);
	} else {
		put_host_name(body);
	}
}

/** 0: it can be served. Otherwise the status that says why not. */
static int refusal_status(enum head head, const struct request* request) {
	if (head == head_wrong) {
		return 400;
	}
	if (head == head_too_long) {
		return 431;
	}
	return request->method == method_other ? 405 : 0;
}

/** `lab-web serve http:…`: the same answer for every target. */
static bool answer_http(struct client* client) {
	enum head head = look_through_head(client);
	if (head == head_unfinished) {
		return false;
	}
	struct request request = read_request(client);
	bool with_body = request.method != method_head;
	int refusal = refusal_status(head, &request);
	log_request(&request, refusal != 0 ? refusal : client->service->status, &client->peer);
	if (refusal != 0) {
		refuse_request(client, refusal, with_body);
		return true;
	}
	struct text body = body_of(client);
	put_service_body(&body, client);
	finish_answer(client, client->service->status, body.used, with_body);
	return true;
}
