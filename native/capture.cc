// The JavaScript side of capture rings: making, mapping, waiting, counting, closing. What is in them: ring.h, pcapng.cc.
#include "addon.h"
#include "arguments.h"
#include "helper.h"
#include "ring.h"
#include "watcher.h"

#include <climits>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <sys/socket.h>

namespace {

/** The rings of this process by their numbers. Rings are JavaScript's: an entry is no owner. */
class Rings {
public:
	/** Made by `new` and never deleted: rings may end after static objects have. */
	static Rings& shared() {
		static Rings& rings = *new Rings();
		return rings;
	}

	int add(const std::shared_ptr<Ring>& ring) {
		const std::lock_guard<std::mutex> lock(mutex_);
		for (auto at = rings_.begin(); at != rings_.end();) {
			at = at->second.expired() ? rings_.erase(at) : std::next(at);
		}
		rings_[++last_] = ring;
		return last_;
	}

	std::shared_ptr<Ring> find(int number) {
		const std::lock_guard<std::mutex> lock(mutex_);
		const auto found = rings_.find(number);
		return found == rings_.end() ? nullptr : found->second.lock();
	}

private:
	std::mutex mutex_;
	int last_ = 0;
	std::map<int, std::weak_ptr<Ring>> rings_;
};

class Readable : public Delivery {
public:
	explicit Readable(uint64_t id) : id_(id) {}

	void deliver(Napi::Env env, Loop& loop) override {
		if (Loop::Listener* listener = loop.listener(id_); listener != nullptr) {
			const Napi::Function callback = listener->first.Value();
			Loop::callBack(env, callback, {});
		}
	}

private:
	uint64_t id_;
};

/** Tells once, and waits again when JavaScript says so. */
class RingSource : public Source {
public:
	using Source::Source;

	bool ready(uint64_t id) override {
		int error = 0;
		socklen_t size = sizeof(error);
		getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size); // reading it clears it: left there, it would be reported for ever
		Watcher::shared().pause(*this);
		loop().post(std::make_unique<Readable>(id));
		return true;
	}
};

class RingPrepare : public Task {
public:
	RingPrepare(int socket, int blocks, std::vector<sock_filter> filter) : socket_(socket), blocks_(blocks), filter_(std::move(filter)) {}

	Failure run() override { return Ring::prepare(socket_, blocks_, filter_); }
	Napi::Value value(Napi::Env env) override { return env.Undefined(); }

private:
	int socket_;
	int blocks_;
	std::vector<sock_filter> filter_;
};

class RingMap : public Task {
public:
	RingMap(int socket, int blocks) : socket_(socket), blocks_(blocks) {}

	Failure run() override { return ring_->map(std::move(socket_), blocks_); }
	Napi::Value value(Napi::Env env) override;

private:
	Fd socket_;
	int blocks_;
	std::shared_ptr<Ring> ring_ = std::make_shared<Ring>();
};

/** The kernel waits for the packets that are on their way to such a socket before it is closed, some milliseconds. */
class RingClose : public Task {
public:
	explicit RingClose(Fd fd) : fd_(std::move(fd)) {}

	Failure run() override {
		fd_ = Fd();
		return {};
	}

	Napi::Value value(Napi::Env env) override { return env.Undefined(); }

private:
	Fd fd_;
};

using Method = Napi::Value (*)(const Napi::CallbackInfo& info, Ring& ring);

Napi::Value ringListen(const Napi::CallbackInfo& info, Ring& ring) {
	const Napi::Env env = info.Env();
	const Napi::Function onReadable = toFunction(info[0], "onReadable");
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	if (!ring.isMapped() || ring.watched != 0) {
		return raise(env, {EINVAL, "listen"});
	}
	std::unique_ptr<Source> source = std::make_unique<RingSource>(Loop::of(env).shared_from_this());
	if (const Failure failure = Watcher::shared().add(ring.fd(), source, ring.watched)) {
		return raise(env, failure);
	}
	Loop::of(env).listen(ring.watched, {Napi::Persistent(onReadable), {}}); // the first delivery waits for this thread
	return env.Undefined();
}

Napi::Value ringListenAgain(const Napi::CallbackInfo& info, Ring& ring) {
	Watcher::shared().resume(ring.watched);
	return info.Env().Undefined();
}

Napi::Value ringFinished(const Napi::CallbackInfo& info, Ring& ring) {
	return Napi::Number::New(info.Env(), static_cast<double>(ring.finished()));
}

Napi::Value ringSave(const Napi::CallbackInfo& info, Ring& ring) {
	ring.save();
	return info.Env().Undefined();
}

Napi::Value ringSaved(const Napi::CallbackInfo& info, Ring& ring) {
	return Napi::Number::New(info.Env(), static_cast<double>(ring.saved()));
}

Napi::Value ringBegin(const Napi::CallbackInfo& info, Ring& ring) {
	const double fromMs = toAmount(info[0], "fromMs");
	if (!info.Env().IsExceptionPending()) {
		ring.begin(toNanoseconds(fromMs));
	}
	return info.Env().Undefined();
}

Napi::Value ringSince(const Napi::CallbackInfo& info, Ring& ring) {
	const tpacket_hdr_v1* block = ring.unfinished();
	if (block == nullptr) {
		return info.Env().Undefined();
	}
	return Napi::Number::New(info.Env(), block->ts_first_pkt.ts_sec * 1e3 + block->ts_first_pkt.ts_nsec / 1e6);
}

Napi::Value ringStatistics(const Napi::CallbackInfo& info, Ring& ring) {
	const Napi::Env env = info.Env();
	tpacket_stats_v3 counted{};
	socklen_t size = sizeof(counted);
	if (getsockopt(ring.fd(), SOL_PACKET, PACKET_STATISTICS, &counted, &size) != 0) {
		return raise(env, failed("getsockopt"));
	}
	Napi::Object result = Napi::Object::New(env);
	result.Set("packets", Napi::Number::New(env, counted.tp_packets));
	result.Set("drops", Napi::Number::New(env, counted.tp_drops));
	result.Set("freezes", Napi::Number::New(env, counted.tp_freeze_q_cnt));
	return result;
}

Napi::Value ringKnow(const Napi::CallbackInfo& info, Ring& ring) {
	const int ifindex = toInt(info[0], "ifindex", INT_MIN);
	const int index = toInt(info[1], "index");
	if (!info.Env().IsExceptionPending()) {
		ring.know(ifindex, index);
	}
	return info.Env().Undefined();
}

Napi::Value ringPackets(const Napi::CallbackInfo& info, Ring& ring) {
	const int ifindex = toInt(info[0], "ifindex", INT_MIN);
	const Known* known = info.Env().IsExceptionPending() ? nullptr : ring.known(ifindex);
	return Napi::Number::New(info.Env(), known == nullptr ? 0 : static_cast<double>(known->packets));
}

Napi::Value close(const Napi::CallbackInfo& info, Ring& ring) {
	Watcher::shared().remove(ring.watched);
	Loop::of(info.Env()).forget(ring.watched);
	return startInPool(info.Env(), std::make_unique<RingClose>(ring.release()));
}

Napi::Value ringLeave(const Napi::CallbackInfo& info, Ring& ring) {
	ring.leave();
	return close(info, ring);
}

Napi::Value ringClose(const Napi::CallbackInfo& info, Ring& ring) {
	ring.drop();
	return close(info, ring);
}

constexpr struct {
	const char* name;
	Method method;
} methods[] = {
	{"begin", ringBegin}, {"listen", ringListen}, {"listenAgain", ringListenAgain}, {"finished", ringFinished}, {"save", ringSave},
	{"saved", ringSaved}, {"since", ringSince},   {"statistics", ringStatistics},   {"know", ringKnow},         {"packets", ringPackets},
	{"leave", ringLeave}, {"close", ringClose}};

Napi::Value RingMap::value(Napi::Env env) {
	Napi::Object result = Napi::Object::New(env);
	result.Set("number", Napi::Number::New(env, Rings::shared().add(ring_)));
	result.Set("blocks", Napi::Number::New(env, blocks_));
	for (const auto& row : methods) {
		const auto call = [ring = ring_, method = row.method](const Napi::CallbackInfo& info) {
			return method(info, *ring);
		};
		result.Set(row.name, Napi::Function::New(env, call, row.name));
	}
	return result;
}

} // namespace

std::shared_ptr<Ring> ringOf(int number) {
	return Rings::shared().find(number);
}

Napi::Value ringPrepare(const Napi::CallbackInfo& info) {
	const int socket = toInt(info[0], "socket", 0);
	const int blocks = toInt(info[1], "blocks", 1);
	const std::string program = info[2].IsUndefined() ? std::string() : toBytes(info[2], "filter");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	if (program.size() % sizeof(sock_filter) != 0 || program.size() > BPF_MAXINSNS * sizeof(sock_filter)) {
		return raise(info.Env(), {EINVAL, "ringPrepare"});
	}
	std::vector<sock_filter> filter(program.size() / sizeof(sock_filter));
	memcpy(filter.data(), program.data(), program.size());
	return startInPool(info.Env(), std::make_unique<RingPrepare>(socket, blocks, std::move(filter)));
}

Napi::Value ringMap(const Napi::CallbackInfo& info) {
	const int socket = toInt(info[0], "socket", 0);
	const int blocks = toInt(info[1], "blocks", 1);
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	return startInPool(info.Env(), std::make_unique<RingMap>(socket, blocks));
}
