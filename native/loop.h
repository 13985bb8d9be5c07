// The way back to JavaScript. Each environment (the main thread, each worker_thread) has one Loop; other threads post deliveries to
// it. A Promised is a delivery that settles a promise. Deliveries own no JavaScript value, so any thread may drop one.
#pragma once

#include "failure.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <napi.h>
#include <unordered_map>

class Loop;

class Delivery {
public:
	virtual ~Delivery() = default;
	/** On the JavaScript thread, in a handle scope. */
	virtual void deliver(Napi::Env env, Loop& loop) = 0;
};

class Promised : public Delivery {
public:
	/** What the promise resolves to. */
	virtual Napi::Value value(Napi::Env env) = 0;

	/** Makes the promise. While it is pending Node stays alive. */
	Napi::Value promise(Napi::Env env);
	/** From any thread: sends it home, to be rejected with `failure` or resolved with its value. */
	static void settle(std::unique_ptr<Promised> promised, Failure failure);
	/** The same on the JavaScript thread, at once. */
	void finish(Napi::Env env, Failure failure);
	void deliver(Napi::Env env, Loop&) override { finish(env, failure_); }

private:
	std::shared_ptr<Loop> loop_;
	napi_deferred deferred_ = nullptr;
	Failure failure_;
};

class Loop : public std::enable_shared_from_this<Loop> {
public:
	/** Makes the environment's loop; false with an exception pending when Node cannot. */
	static bool install(Napi::Env env);
	static Loop& of(Napi::Env env);

	/** From any thread. Dropped when the environment has ended. */
	void post(std::unique_ptr<Delivery> delivery);

	/** On the JavaScript thread: the callbacks of what the watcher watches under `id`. */
	struct Listener {
		Napi::FunctionReference first;
		Napi::FunctionReference second;
	};
	void listen(uint64_t id, Listener listener) { listeners_[id] = std::move(listener); }
	Listener* listener(uint64_t id);
	void forget(uint64_t id) { listeners_.erase(id); }
	/** Calls a function from a delivery; false when it threw. What it throws is an uncaught exception: left pending, Node would drop it with a warning. */
	static bool callBack(Napi::Env env, const Napi::Function& function, std::initializer_list<napi_value> arguments,
						 napi_value* result = nullptr);

	/** Between them Node stays alive. */
	void hold(Napi::Env env);
	void release(Napi::Env env);

private:
	static void call(napi_env env, napi_value, void* context, void* data);
	static void end(void* pointer);

	std::mutex mutex_;
	napi_threadsafe_function function_ = nullptr; // nullptr: the environment has ended
	size_t held_ = 0;
	std::unordered_map<uint64_t, Listener> listeners_;
};
