// Threads.
#include "helper.h"

#include <csignal>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

Failure startThread(const char* name, void* (*body)(void*), void* argument) {
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); // inherited by the new thread
	pthread_t thread;
	const int error = pthread_create(&thread, nullptr, body, argument);
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (error != 0) {
		return {error, "pthread_create"};
	}
	pthread_setname_np(thread, name);
	pthread_detach(thread);
	return {};
}

Napi::Value Helper::start(Napi::Env env, std::unique_ptr<Task> task) {
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	const std::lock_guard<std::mutex> lock(mutex_);
	if (!started_) {
		if (const Failure failure = startThread(name_, Helper::body, this)) {
			return raise(env, failure);
		}
		started_ = true;
	}
	const Napi::Value promise = task->promise(env);
	if (!env.IsExceptionPending()) {
		queue_.push_back(std::move(task));
		wake_.notify_one();
	}
	return promise;
}

void* Helper::body(void* pointer) {
	auto* helper = static_cast<Helper*>(pointer);
	for (;;) {
		std::unique_ptr<Task> task;
		{
			std::unique_lock<std::mutex> lock(helper->mutex_);
			helper->wake_.wait(lock, [&] { return !helper->queue_.empty(); });
			task = std::move(helper->queue_.front());
			helper->queue_.pop_front();
		}
		const Failure failure = task->run();
		Promised::settle(std::move(task), failure);
	}
}

namespace {

class PoolWork : public Napi::AsyncWorker {
public:
	PoolWork(Napi::Env env, std::unique_ptr<Task> task) : Napi::AsyncWorker(env), task_(std::move(task)) {}
	void Execute() override { failure_ = task_->run(); }
	void OnOK() override { task_->finish(Env(), failure_); }

private:
	std::unique_ptr<Task> task_;
	Failure failure_;
};

} // namespace

Napi::Value startInPool(Napi::Env env, std::unique_ptr<Task> task) {
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	const Napi::Value promise = task->promise(env);
	if (!env.IsExceptionPending()) {
		(new PoolWork(env, std::move(task)))->Queue(); // deletes itself
	}
	return promise;
}

int selfPidfd() {
	static const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)); // close-on-exec by itself; never closed
	return pidfd;
}
