// A directory served over HTTP, and the subset of busybox's httpd command that a container's shell may call.
#pragma once

#include "signals.h"
#include "web-http.h"
#include <fcntl.h>
#include <linux/stat.h>

static const char* type_of(const char* path) {
	static const char* const types[][2] = {
		{".html", "text/html"},     {".htm", "text/html"},         {".txt", "text/plain"}, {".css", "text/css"},
		{".js", "text/javascript"}, {".json", "application/json"}, {".png", "image/png"},  {".svg", "image/svg+xml"},
	};
	size_t length = strlen(path);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t ending = strlen(types[i][0]);
		if (length > ending && memcmp(path + length - ending, types[i][0], ending) == 0) {
			return types[i][1];
		}
	}
	return "application/octet-stream";
}

/** The target as a path below the served directory; false when it is none or leads out of it. */
static bool path_of(const struct request* request, struct text* path) {
	size_t length = 0;
	while (length < request->target_length && request->target[length] != '?') {
		length++;
	}
	put(path, ".");
	put_url_decoded(path, request->target, length);
	put(path, path->at[path->used - 1] == '/' ? "index.html" : "");
	size_t part = 0;
	for (size_t i = 0; i <= path->used; i++) {
		if (i < path->used && path->at[i] == '\0') {
			return false;
		}
		if (i == path->used || path->at[i] == '/') {
			if (i - part == 2 && path->at[part] == '.' && path->at[part + 1] == '.') {
				return false;
			}
			part = i + 1;
		}
	}
	put_bytes(path, "", 1);
	return path->at[1] == '/' && path->used < path->room;
}

/** Opens the file for the client; 200, or the status that says why not. */
static int open_file(struct client* client, const char* path) {
	long fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		return fd == -EACCES ? 403 : 404;
	}
	struct statx about;
	long result = sys(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &about);
	if (result < 0 || (about.stx_mode & S_IFMT) != S_IFREG) {
		sys(SYS_close, fd);
		return 404;
	}
	client->file = (int)fd;
	client->file_left = about.stx_size;
	return 200;
}

static bool answer_with_file(struct client* client) {
	enum head head = look_through_head(client);
	if (head == head_unfinished) {
		return false;
	}
	struct request request = read_request(client);
	bool with_body = request.method != method_head;
	char words[4096];
	struct text path = TEXT_OVER(words);
	int status = refusal_status(head, &request);
	if (status == 0) {
		status = path_of(&request, &path) ? open_file(client, path.at) : 404;
	}
	if (status != 200) {
		refuse_request(client, status, with_body);
		return true;
	}
	struct text answer = {.at = client->buffer + answer_at, .room = body_at - answer_at};
	put_answer_head(&answer, status, type_of(path.at), client->file_left);
	client->at = answer_at;
	client->end = (uint32_t)(answer_at + answer.used);
	client->file_left = with_body ? client->file_left : 0;
	return true;
}

struct httpd_options {
	bool in_foreground;
	const char *port, *directory;
};

/** Options as getopt(3) takes them: "-f -p 80", "-fp80". False: usage. */
static bool parse_httpd_options(int argc, char** argv, struct httpd_options* options) {
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			return false;
		}
		for (const char* letter = argv[i] + 1; *letter != '\0'; letter++) {
			if (*letter == 'f' || *letter == 'v') {
				options->in_foreground |= *letter == 'f';
				continue;
			}
			const char* value = letter[1] != '\0' ? letter + 1 : ++i < argc ? argv[i] : NULL;
			if (value == NULL || (*letter != 'p' && *letter != 'h')) {
				return false;
			}
			*(*letter == 'p' ? &options->port : &options->directory) = value;
			break;
		}
	}
	return true;
}

/** [ADDR:]PORT; without an address every one of the machine, IPv6 and IPv4 on one socket. */
static bool parse_httpd_port(const char* words, struct address* address, bool* has_address) {
	size_t length = strlen(words), colon = length;
	while (colon > 0 && words[colon - 1] != ':') {
		colon--;
	}
	uint64_t port;
	if (!parse_number(words + colon, length - colon, 65535, &port)) {
		return false;
	}
	*has_address = colon > 0;
	if (colon == 0) {
		return parse_ip("::", 2, (uint16_t)port, address);
	}
	bool in_brackets = words[0] == '[' && colon > 2 && words[colon - 2] == ']';
	return parse_ip(words + in_brackets, colon - 1 - 2 * in_brackets, (uint16_t)port, address);
}

/** Goes on in a session of its own with nothing of the terminal; the caller's process ends well. */
static void leave_terminal(void) {
	long child = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child != 0) {
		quit(child < 0);
	}
	sys(SYS_setsid);
	long null = sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
	for (int fd = 0; fd < 3 && null >= 0; fd++) {
		// dup3 refuses a descriptor onto itself.
		sys(SYS_dup3, null, fd, 0);
	}
	if (null > 2) {
		sys(SYS_close, null);
	}
}

static int fail_httpd(const char* what, long error) {
	char words[256];
	struct text line = TEXT_OVER(words);
	put(&line, "httpd: ");
	put(&line, what);
	put(&line, ": ");
	put_errno(&line, (int)-error);
	put(&line, "\n");
	write_all(2, line.at, line.used);
	return 1;
}

/** `httpd [-f] [-p [ADDR:]PORT] [-h DIR]`: returns only with an error, as an exit code. */
static int httpd(int argc, char** argv) {
	struct httpd_options options = {.port = "80", .directory = "."};
	struct address address;
	bool has_address;
	if (!parse_httpd_options(argc, argv, &options) || !parse_httpd_port(options.port, &address, &has_address)) {
		static const char usage[] = "usage: httpd [-f] [-p [ADDR:]PORT] [-h DIR]\n";
		write_all(2, usage, sizeof usage - 1);
		return 1;
	}
	long result = sys(SYS_chdir, options.directory);
	if (result < 0) {
		return fail_httpd(options.directory, result);
	}
	static const struct service files = {.speaks = speaks_files, .type = SOCK_STREAM};
	struct server server = {.answer = answer_with_file};
	begin_server(&server);
	result = open_port(&server, &files, &address, true);
	if ((result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL) && !has_address) {
		uint16_t port = swap16(address.v6.sin6_port);
		parse_ip("0.0.0.0", 7, port, &address);
		result = open_port(&server, &files, &address, false);
	}
	if (result < 0) {
		return fail_httpd("bind", result);
	}
	if (!options.in_foreground) {
		leave_terminal();
	}
	handle_signals();
	run_server(&server);
}
