// What a system call refused: its errno and its name. Becomes a JavaScript Error with `code`, `errno` and `syscall`.
#pragma once

#include <cerrno>
#include <napi.h>

struct Failure {
	int number = 0;
	const char* call = nullptr;

	explicit operator bool() const { return number != 0; }
};

/** The call that failed just now. */
inline Failure failed(const char* call) {
	return {errno, call};
}

/** "EPERM". */
const char* errorName(int number);

Napi::Error toError(Napi::Env env, Failure failure);

/** Leaves the error pending and returns an empty value: `return raise(env, failed("open"))`. */
Napi::Value raise(Napi::Env env, Failure failure);
