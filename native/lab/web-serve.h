// `lab-web serve SPEC…`: which services the words ask for, and their ports on IPv4 and IPv6.
//   SPEC = http:PORT[:status=N][:echo=peer|headers][:body=URLENCODED] | tcp:PORT[:echo] | udp:PORT[:echo]
#pragma once

#include "signals.h"
#include "web-http.h"

/** One ":name=value" or ":echo" of a SPEC. */
static bool parse_service_option(const char* words, size_t length, struct service* service) {
	bool is_http = service->speaks == speaks_http;
	if (!is_http) {
		service->speaks = speaks_echo;
		return same_letters(words, length, "echo", 4);
	}
	uint64_t status;
	if (starts_with(words, "status=") && parse_number(words + 7, length - 7, 599, &status) && status >= 200) {
		service->status = (int)status;
		return true;
	}
	if (same_letters(words, length, "echo=peer", 9) || same_letters(words, length, "echo=headers", 12)) {
		service->echo = words[5] == 'p' ? echo_peer : echo_headers;
		return true;
	}
	if (starts_with(words, "body=") && length - 5 <= most_body_bytes) {
		service->body = words + 5;
		service->body_length = length - 5;
		return true;
	}
	return false;
}

static bool parse_service(const char* spec, struct service* service) {
	bool is_http = starts_with(spec, "http:");
	bool is_udp = starts_with(spec, "udp:");
	if (!is_http && !is_udp && !starts_with(spec, "tcp:")) {
		return false;
	}
	service->speaks = is_http ? speaks_http : speaks_peer;
	service->type = is_udp ? SOCK_DGRAM : SOCK_STREAM;
	service->status = 200;
	bool is_port = true;
	for (const char* at = spec + (is_http ? 5 : 4);; at++) {
		size_t length = 0;
		while (at[length] != '\0' && at[length] != ':') {
			length++;
		}
		uint64_t port = 0;
		if (is_port ? !parse_number(at, length, 65535, &port) || port == 0 : !parse_service_option(at, length, service)) {
			return false;
		}
		service->port = is_port ? (uint16_t)port : service->port;
		is_port = false;
		at += length;
		if (*at == '\0') {
			return true;
		}
	}
}

static int fail_serve(const char* what, const char* spec, const struct address* address, long error) {
	char words[512];
	struct text line = {.at = words, .room = sizeof words - 1};
	put(&line, "lab-web: ");
	put(&line, what);
	if (address != NULL) {
		put_endpoint(&line, address);
		put(&line, ": ");
		put_errno(&line, (int)-error);
	} else {
		put(&line, spec);
	}
	line.room++;
	put(&line, "\n");
	write_all(2, line.at, line.used);
	return address != NULL ? 1 : 2;
}

/** Two sockets, so that each family has its own line in ss(8). A machine without IPv6 has only the first. */
static int open_service(struct server* server, const struct service* service) {
	static const char* const any[] = {"0.0.0.0", "::"};
	for (int i = 0; i < 2; i++) {
		struct address address;
		parse_ip(any[i], strlen(any[i]), service->port, &address);
		long result = open_port(server, service, &address, false);
		bool is_missing = i == 1 && (result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL);
		if (result < 0 && !is_missing) {
			return fail_serve("bind ", NULL, &address, result);
		}
	}
	return 0;
}

/** Returns only with an error, as an exit code: 1 a port cannot be had, 2 a SPEC is wrong. */
static int serve(int count, char** specs) {
	struct server server = {.answer = answer_http};
	begin_server(&server);
	struct pool services = {.size = sizeof(struct service)};
	for (int i = 0; i < count; i++) {
		struct service* service = pool_take(&services);
		if (service == NULL || !parse_service(specs[i], service)) {
			return fail_serve("not a server: ", specs[i], NULL, 0);
		}
		int failure = open_service(&server, service);
		if (failure != 0) {
			return failure;
		}
	}
	if (count == 0) {
		return fail_serve("serve what? ", "SPEC…", NULL, 0);
	}
	handle_signals();
	run_server(&server);
}
