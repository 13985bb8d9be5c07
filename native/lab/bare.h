// The ground of the small programs: system calls, the way into main, the few memory functions. It is not a C library:
// a program includes it first, uses the libc headers for types and constants only, and calls nothing of libc.
// Why: static glibc dirties 44 kB before main runs; these programs run by the dozen, and start in 8 kB without it.
#pragma once

#undef _FORTIFY_SOURCE
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_stack_protector)), apply_to = function)
#else
#pragma GCC optimize("no-stack-protector")
#endif
#define _GNU_SOURCE

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

/** sys(SYS_name, arguments…): the kernel's answer, -errno when it failed. Pointers and integers are taken as they are. */
#define sys(...) SYS_PAD(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SYS_PAD(n, a, b, c, d, e, f, ...) sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#if defined(__x86_64__) && !defined(WITH_LIBC)

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__) && !defined(WITH_LIBC)

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

#else
// Another processor: the same programs on top of libc, only larger.
#ifndef WITH_LIBC
#define WITH_LIBC
#endif
#include <unistd.h>

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
	long result = syscall(number, a, b, c, d, e, f);
	return result == -1 ? -errno : result;
}

#endif

__attribute__((noreturn)) static inline void quit(int code) {
	for (;;) {
		sys(SYS_exit_group, code);
	}
}

/**
 * Gives the process the last part of this path as its name, as exec of a path does. A program that was started by descriptor
 * is called by the descriptor's number before Linux 6.14 (execveat(2)).
 */
static inline void name_process(const char* path) {
	const char* name = path;
	for (const char* at = path; *at != 0; at++) {
		if (*at == '/') {
			name = at + 1;
		}
	}
	sys(SYS_prctl, PR_SET_NAME, name);
}

#ifndef WITH_LIBC

/** What crt1.o calls. Ours takes the place of libc's, so that nothing of libc is linked: no TLS, no stdio, no IFUNCs. */
int __libc_start_main(int (*main)(int, char**), int argc, char** argv);
int __libc_start_main(int (*main)(int, char**), int argc, char** argv) {
	quit(main(argc, argv));
}

// The compiler may call these by itself. The empty asm keeps it from turning a loop into a call of the function it is in.
#define PLAIN_LOOP __asm__ volatile("" ::: "memory")

void* memcpy(void* restrict to, const void* restrict from, size_t count) {
	for (size_t i = 0; i < count; i++) {
		((char*)to)[i] = ((const char*)from)[i];
		PLAIN_LOOP;
	}
	return to;
}

void* memmove(void* to, const void* from, size_t count) {
	if ((uintptr_t)to <= (uintptr_t)from) {
		return memcpy(to, from, count);
	}
	while (count-- > 0) {
		((char*)to)[count] = ((const char*)from)[count];
		PLAIN_LOOP;
	}
	return to;
}

void* memset(void* to, int byte, size_t count) {
	for (size_t i = 0; i < count; i++) {
		((char*)to)[i] = (char)byte;
		PLAIN_LOOP;
	}
	return to;
}

int memcmp(const void* a, const void* b, size_t count) {
	for (size_t i = 0; i < count; i++) {
		int difference = ((const unsigned char*)a)[i] - ((const unsigned char*)b)[i];
		if (difference != 0) {
			return difference;
		}
	}
	return 0;
}

size_t strlen(const char* text) {
	size_t length = 0;
	while (text[length] != '\0') {
		length++;
		PLAIN_LOOP;
	}
	return length;
}

int strcmp(const char* a, const char* b) {
	while (*a != '\0' && *a == *b) {
		a++, b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

#endif

/** Microseconds of CLOCK_MONOTONIC. */
static inline int64_t now_us(void) {
	struct timespec now;
	sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
