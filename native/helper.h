// Threads of our own. Namespaces are per thread, so what enters one runs on a Helper: never on Node's main thread, whose later work
// would land inside, and never in libuv's pool, whose threads would stay there.
#pragma once

#include "loop.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

/** A promise kept by another thread. */
class Task : public Promised {
public:
	/** On that thread. */
	virtual Failure run() = 0;
};

/** Starts a detached thread that takes no signals (they are Node's). */
Failure startThread(const char* name, void* (*body)(void*), void* argument);

/**
 * A thread that runs tasks one after another, started with the first. Made by `new` and never deleted: it lives as long as the process,
 * and a static object with a condition variable would have Node's exit wait for its sleeper.
 */
class Helper {
public:
	explicit Helper(const char* name) : name_(name) {}
	Helper(const Helper&) = delete;
	Helper& operator=(const Helper&) = delete;

	/** The task's promise; undefined with an exception pending when an argument was wrong. */
	Napi::Value start(Napi::Env env, std::unique_ptr<Task> task);

private:
	static void* body(void* pointer);

	const char* name_;
	bool started_ = false;
	std::mutex mutex_;
	std::condition_variable wake_;
	std::deque<std::unique_ptr<Task>> queue_;
};

/** Runs a task that changes no namespace in libuv's pool. */
Napi::Value startInPool(Napi::Env env, std::unique_ptr<Task> task);

/** A pidfd of this process: setns(2) with it leads a helper back to the namespaces of Node's main thread. -1 before Linux 5.3. */
int selfPidfd();
