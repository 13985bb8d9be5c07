// One thread that waits on descriptors (epoll) for all environments: libuv's own poll handles are no part of Node-API.
#pragma once

#include "fd.h"
#include "loop.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

/** What is watched. It owns a duplicate of the caller's descriptor, so that a close (and reuse) of the number elsewhere does no harm. */
class Source {
public:
	explicit Source(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
	virtual ~Source() = default;
	/** On the watcher's thread, under its lock: must not block. false: finished, forget it. */
	virtual bool ready(uint64_t id) = 0;

protected:
	int fd() const { return fd_.get(); }
	Loop& loop() const { return *loop_; }

private:
	friend class Watcher;
	std::shared_ptr<Loop> loop_;
	Fd fd_;
};

/** Made by `new` and never deleted, like Helper. */
class Watcher {
public:
	static Watcher& shared();

	/** Watches `fd` for being readable and takes the source, unless it fails. `id` is set before the source can be called. */
	Failure add(int fd, std::unique_ptr<Source>& source, uint64_t& id);
	void remove(uint64_t id);
	void removeAll(const Loop& loop);
	/** Stops waiting, called by a source that is ready; and waits again, called by JavaScript when it has taken what came. */
	void pause(const Source& source);
	void resume(uint64_t id);

private:
	static void* body(void* pointer);
	Failure ensureStarted();
	Failure wait(const Source& source, uint64_t id);

	std::mutex mutex_;
	Fd epoll_;
	uint64_t lastId_ = 0;
	std::unordered_map<uint64_t, std::unique_ptr<Source>> sources_;
};

/** Adds a source and its callbacks; 0 with an exception pending when it cannot be watched. */
uint64_t watch(Napi::Env env, int fd, std::unique_ptr<Source> source, Loop::Listener listener);
/** The function by which JavaScript ends it. */
Napi::Value unwatch(Napi::Env env, uint64_t id);
