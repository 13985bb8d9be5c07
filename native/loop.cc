// Deliveries to JavaScript.
#include "loop.h"

#include "watcher.h"

#include <utility>

namespace {

/** napi_call_threadsafe_function after the environment's end is a use after free in some versions of Node: hence our own gate. */
struct Instance {
	std::shared_ptr<Loop> loop = std::make_shared<Loop>();
};

} // namespace

bool Loop::install(Napi::Env env) {
	auto* instance = new Instance();
	env.SetInstanceData(instance);
	Loop* loop = instance->loop.get();
	const napi_value name = Napi::String::New(env, "vethlab");
	const napi_status made =
		napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, loop, Loop::call, &loop->function_);
	// The hook is added after the function was made, hence runs before Node frees the function.
	if (made != napi_ok || napi_unref_threadsafe_function(env, loop->function_) != napi_ok ||
		napi_add_env_cleanup_hook(env, Loop::end, loop) != napi_ok) {
		Napi::Error::New(env, "vethlab: Node refused a thread-safe function").ThrowAsJavaScriptException();
		return false;
	}
	return true;
}

Loop& Loop::of(Napi::Env env) {
	return *env.GetInstanceData<Instance>()->loop;
}

void Loop::end(void* pointer) {
	const std::shared_ptr<Loop> loop = static_cast<Loop*>(pointer)->shared_from_this();
	{
		const std::lock_guard<std::mutex> lock(loop->mutex_);
		loop->function_ = nullptr;
	}
	Watcher::shared().removeAll(*loop);
	loop->listeners_.clear();
}

void Loop::post(std::unique_ptr<Delivery> delivery) {
	const std::lock_guard<std::mutex> lock(mutex_);
	if (function_ != nullptr && napi_call_threadsafe_function(function_, delivery.get(), napi_tsfn_nonblocking) == napi_ok) {
		static_cast<void>(delivery.release()); // Loop::call has it now
	}
}

void Loop::call(napi_env env, napi_value, void* context, void* data) {
	const std::unique_ptr<Delivery> delivery(static_cast<Delivery*>(data));
	if (env != nullptr) { // nullptr: the queue is being thrown away
		delivery->deliver(env, *static_cast<Loop*>(context));
	}
}

Loop::Listener* Loop::listener(uint64_t id) {
	const auto found = listeners_.find(id);
	return found == listeners_.end() ? nullptr : &found->second;
}

bool Loop::callBack(Napi::Env env, const Napi::Function& function, std::initializer_list<napi_value> arguments, napi_value* result) {
	napi_value error = nullptr;
	const napi_status status = napi_call_function(env, env.Undefined(), function, arguments.size(), arguments.begin(), result);
	if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &error) == napi_ok) {
		napi_fatal_exception(env, error);
	}
	return status == napi_ok;
}

void Loop::hold(Napi::Env env) {
	if (held_++ == 0) {
		napi_ref_threadsafe_function(env, function_);
	}
}

void Loop::release(Napi::Env env) {
	if (--held_ == 0) {
		napi_unref_threadsafe_function(env, function_);
	}
}

Napi::Value Promised::promise(Napi::Env env) {
	napi_value promise = nullptr;
	if (napi_create_promise(env, &deferred_, &promise) != napi_ok) {
		Napi::Error::New(env, "vethlab: Node refused a promise").ThrowAsJavaScriptException();
		return env.Undefined();
	}
	loop_ = Loop::of(env).shared_from_this();
	loop_->hold(env);
	return {env, promise};
}

void Promised::settle(std::unique_ptr<Promised> promised, Failure failure) {
	promised->failure_ = failure;
	const std::shared_ptr<Loop> loop = promised->loop_;
	loop->post(std::move(promised));
}

void Promised::finish(Napi::Env env, Failure failure) {
	loop_->release(env);
	if (failure) {
		napi_reject_deferred(env, deferred_, toError(env, failure).Value());
		return;
	}
	const Napi::Value result = value(env);
	if (env.IsExceptionPending()) { // no memory for the value
		napi_reject_deferred(env, deferred_, env.GetAndClearPendingException().Value());
		return;
	}
	napi_resolve_deferred(env, deferred_, result);
}
