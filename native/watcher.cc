// Waiting on descriptors.
#include "watcher.h"

#include "helper.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <utility>

Watcher& Watcher::shared() {
	static Watcher& watcher = *new Watcher();
	return watcher;
}

Failure Watcher::ensureStarted() {
	if (epoll_.valid()) {
		return {};
	}
	Fd epoll(epoll_create1(EPOLL_CLOEXEC));
	if (!epoll.valid()) {
		return failed("epoll_create1");
	}
	epoll_ = std::move(epoll);
	const Failure failure = startThread("vethlab-watch", Watcher::body, this);
	if (failure) {
		epoll_ = Fd();
	}
	return failure;
}

Failure Watcher::add(int fd, std::unique_ptr<Source>& source, uint64_t& id) {
	const std::lock_guard<std::mutex> lock(mutex_);
	if (const Failure failure = ensureStarted()) {
		return failure;
	}
	source->fd_ = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	if (!source->fd_.valid()) {
		return failed("fcntl");
	}
	id = ++lastId_;
	if (const Failure failure = wait(*source, id)) {
		return failure;
	}
	sources_[id] = std::move(source);
	return {};
}

void Watcher::remove(uint64_t id) {
	const std::lock_guard<std::mutex> lock(mutex_);
	const auto found = sources_.find(id);
	if (found != sources_.end()) {
		pause(*found->second);
		sources_.erase(found);
	}
}

void Watcher::removeAll(const Loop& loop) {
	const std::lock_guard<std::mutex> lock(mutex_);
	for (auto at = sources_.begin(); at != sources_.end();) {
		if (at->second->loop_.get() == &loop) {
			pause(*at->second);
			at = sources_.erase(at);
		} else {
			++at;
		}
	}
}

Failure Watcher::wait(const Source& source, uint64_t id) {
	epoll_event event{};
	event.events = EPOLLIN;
	event.data.u64 = id;
	return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, source.fd(), &event) == 0 ? Failure{} : failed("epoll_ctl");
}

void Watcher::pause(const Source& source) {
	// Taken out, as an empty event mask would still report errors for ever. By hand even before a close: closing our duplicate does not
	// end the watch while the caller's descriptor is open. epoll(7).
	epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source.fd(), nullptr);
}

void Watcher::resume(uint64_t id) {
	const std::lock_guard<std::mutex> lock(mutex_);
	const auto found = sources_.find(id);
	if (found != sources_.end()) {
		static_cast<void>(wait(*found->second, id));
	}
}

void* Watcher::body(void* pointer) {
	auto* watcher = static_cast<Watcher*>(pointer);
	epoll_event events[64];
	for (;;) {
		const int count = epoll_wait(watcher->epoll_.get(), events, 64, -1);
		const std::lock_guard<std::mutex> lock(watcher->mutex_);
		for (int index = 0; index < count; index++) {
			const auto found = watcher->sources_.find(events[index].data.u64);
			if (found != watcher->sources_.end() && !found->second->ready(found->first)) {
				watcher->pause(*found->second);
				watcher->sources_.erase(found);
			}
		}
	}
}

uint64_t watch(Napi::Env env, int fd, std::unique_ptr<Source> source, Loop::Listener listener) {
	uint64_t id = 0;
	if (const Failure failure = Watcher::shared().add(fd, source, id)) {
		raise(env, failure);
		return 0;
	}
	// The first delivery waits for this thread, so it finds its listener.
	Loop::of(env).listen(id, std::move(listener));
	return id;
}

Napi::Value unwatch(Napi::Env env, uint64_t id) {
	return Napi::Function::New(env, [id](const Napi::CallbackInfo& call) {
		Watcher::shared().remove(id);
		Loop::of(call.Env()).forget(id);
	});
}
