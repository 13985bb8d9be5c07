// The capture ring of a network namespace: every frame of every interface of it, in memory that the kernel fills (packet(7), TPACKET_V3;
// the kernel's packet_mmap.rst). Nothing here waits: who does not read makes the kernel drop, and count.
#include "addon.h"
#include "arguments.h"
#include "fd.h"
#include "helper.h"
#include "watcher.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace {

constexpr size_t blockBytes = 256 << 10;
/** A block with packets in it is handed over after so long, however empty. */
constexpr unsigned int retireMs = 20;
/** Moves the Ethernet header from 82 to 84 bytes after the frame's header, so that frames begin at a multiple of four. */
constexpr int reserveBytes = 2;

class Ring {
public:
	Ring() = default;
	Ring(const Ring&) = delete;
	Ring& operator=(const Ring&) = delete;
	~Ring() { unmap(); }

	/** Takes a socket over that hears nothing yet: no frame comes in before the filter is there. */
	Failure open(Fd fd, int blocks, std::vector<sock_filter> filter) {
		const int version = TPACKET_V3;
		if (setsockopt(fd.get(), SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
			setsockopt(fd.get(), SOL_PACKET, PACKET_RESERVE, &reserveBytes, sizeof(reserveBytes)) != 0) {
			return failed("setsockopt");
		}
		tpacket_req3 request{};
		request.tp_block_size = blockBytes;
		request.tp_block_nr = static_cast<unsigned int>(blocks);
		request.tp_frame_size = 2048; // only has to divide the block; a frame may be as long as a block
		request.tp_frame_nr = request.tp_block_nr * (blockBytes / request.tp_frame_size);
		request.tp_retire_blk_tov = retireMs;
		if (setsockopt(fd.get(), SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0) {
			return failed("setsockopt");
		}
		if (!filter.empty() && !attach(fd.get(), filter.data(), filter.size())) {
			return failed("setsockopt");
		}
		const size_t size = static_cast<size_t>(blocks) * blockBytes;
		void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
		if (memory == MAP_FAILED) {
			return failed("mmap");
		}
		memory_ = static_cast<char*>(memory);
		size_ = size;
		sockaddr_ll everything{};
		everything.sll_family = AF_PACKET;
		everything.sll_protocol = htons(ETH_P_ALL);
		if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&everything), sizeof(everything)) != 0) {
			return failed("bind");
		}
		fd_ = std::move(fd);
		return {};
	}

	int fd() const { return fd_.get(); }
	bool isStopped() const { return isStopped_; }
	/** All that will ever be in it has been read. */
	bool isEmpty() const { return isEmpty_; }
	void empty() { isEmpty_ = true; }
	bool isOpen() const { return memory_ != nullptr; }

	/** Copies the oldest block that is finished, which the kernel has back. Its length; 0: there is none. */
	size_t read(char* into) {
		if (memory_ == nullptr) {
			return 0;
		}
		tpacket_hdr_v1& block = header();
		if ((__atomic_load_n(&block.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) {
			return 0;
		}
		const size_t length = copy(block, into);
		block.num_pkts = 0; // else it would count as begun before the kernel opens it anew
		__atomic_store_n(&block.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		next_ = (next_ + blockBytes) % size_;
		return length;
	}

	/** The same of the block that the kernel is filling; 0: nothing is in it. */
	size_t unfinished(char* into) const {
		const tpacket_hdr_v1& block = header();
		return __atomic_load_n(&block.num_pkts, __ATOMIC_ACQUIRE) == 0 ? 0 : copy(block, into);
	}

	/** Nothing more comes in. A frame that is being written at this moment lacks TP_STATUS_USER in its header. */
	void stop() {
		if (isStopped_) {
			return;
		}
		isStopped_ = true;
		sock_filter nothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
		attach(fd_.get(), nothing, 1);
	}

	/** When the block that is to be read next was begun, in milliseconds of the clock of the stamps; undefined: nothing waits to be read. */
	Napi::Value since(Napi::Env env) const {
		if (memory_ == nullptr || __atomic_load_n(&header().num_pkts, __ATOMIC_ACQUIRE) == 0) {
			return env.Undefined();
		}
		const tpacket_bd_ts& first = header().ts_first_pkt;
		return Napi::Number::New(env, first.ts_sec * 1e3 + first.ts_nsec / 1e6);
	}

	void unmap() {
		if (memory_ != nullptr) {
			munmap(memory_, size_);
			memory_ = nullptr;
		}
	}

	/** The socket, to be closed. */
	Fd release() { return std::move(fd_); }

	/** The watcher's number for it; 0: not watched. On the JavaScript thread. */
	uint64_t id = 0;

private:
	static bool attach(int fd, sock_filter* instructions, size_t count) {
		const sock_fprog program = {static_cast<unsigned short>(count), instructions};
		return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
	}

	tpacket_hdr_v1& header() const { return reinterpret_cast<tpacket_block_desc*>(memory_ + next_)->hdr.bh1; }

	size_t copy(const tpacket_hdr_v1& block, char* into) const {
		const size_t length = std::min<size_t>(block.blk_len, blockBytes);
		memcpy(into, memory_ + next_, length);
		return length;
	}

	Fd fd_;
	bool isStopped_ = false;
	bool isEmpty_ = false;
	char* memory_ = nullptr;
	size_t size_ = 0;
	size_t next_ = 0; // where the block is that will be finished next
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

/** Tells once, and waits again when JavaScript has read everything. */
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

class RingOpen : public Task {
public:
	RingOpen(int socket, int blocks, std::vector<sock_filter> filter) : socket_(socket), blocks_(blocks), filter_(std::move(filter)) {}

	Failure run() override { return ring_->open(std::move(socket_), blocks_, std::move(filter_)); }
	Napi::Value value(Napi::Env env) override;

private:
	Fd socket_;
	int blocks_;
	std::vector<sock_filter> filter_;
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
	if (!ring.isOpen() || ring.id != 0) {
		return raise(env, {EINVAL, "listen"});
	}
	std::unique_ptr<Source> source = std::make_unique<RingSource>(Loop::of(env).shared_from_this());
	if (const Failure failure = Watcher::shared().add(ring.fd(), source, ring.id)) {
		return raise(env, failure);
	}
	Loop::of(env).listen(ring.id, {Napi::Persistent(onReadable), {}}); // the first delivery waits for this thread
	return env.Undefined();
}

/** The memory that a block is copied to; nullptr with an exception pending when it is too small. */
char* roomIn(Napi::Value value) {
	if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
		Napi::Uint8Array array = value.As<Napi::Uint8Array>();
		if (array.ByteLength() >= blockBytes) {
			return reinterpret_cast<char*>(array.Data());
		}
	}
	Napi::TypeError::New(value.Env(), "into must be a Uint8Array of 256 KiB").ThrowAsJavaScriptException();
	return nullptr;
}

Napi::Value ringRead(const Napi::CallbackInfo& info, Ring& ring) {
	char* into = roomIn(info[0]);
	const size_t length = into == nullptr || ring.isStopped() ? 0 : ring.read(into);
	if (length == 0 && into != nullptr) {
		Watcher::shared().resume(ring.id);
	}
	return Napi::Number::New(info.Env(), static_cast<double>(length));
}

Napi::Value ringSince(const Napi::CallbackInfo& info, Ring& ring) {
	return ring.since(info.Env());
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

Napi::Value ringDrain(const Napi::CallbackInfo& info, Ring& ring) {
	const Napi::Env env = info.Env();
	char* into = roomIn(info[0]);
	if (into == nullptr || !ring.isOpen() || ring.isEmpty()) {
		return Napi::Number::New(env, 0);
	}
	ring.stop();
	size_t length = ring.read(into);
	if (length == 0) {
		length = ring.unfinished(into);
		ring.empty();
	}
	return Napi::Number::New(env, static_cast<double>(length));
}

Napi::Value ringClose(const Napi::CallbackInfo& info, Ring& ring) {
	Watcher::shared().remove(ring.id);
	Loop::of(info.Env()).forget(ring.id);
	ring.unmap();
	return startInPool(info.Env(), std::make_unique<RingClose>(ring.release()));
}

constexpr struct {
	const char* name;
	Method method;
} methods[] = {{"listen", ringListen},         {"read", ringRead},   {"since", ringSince},
			   {"statistics", ringStatistics}, {"drain", ringDrain}, {"close", ringClose}};

Napi::Value RingOpen::value(Napi::Env env) {
	Napi::Object result = Napi::Object::New(env);
	for (const auto& row : methods) {
		const auto call = [ring = ring_, method = row.method](const Napi::CallbackInfo& info) {
			return method(info, *ring);
		};
		result.Set(row.name, Napi::Function::New(env, call, row.name));
	}
	return result;
}

} // namespace

Napi::Value ringOpen(const Napi::CallbackInfo& info) {
	const int socket = toInt(info[0], "socket", 0);
	const int blocks = toInt(info[1], "blocks", 1);
	const std::string program = info[2].IsUndefined() ? std::string() : toBytes(info[2], "filter");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	if (program.size() % sizeof(sock_filter) != 0 || program.size() > BPF_MAXINSNS * sizeof(sock_filter)) {
		return raise(info.Env(), {EINVAL, "ringOpen"});
	}
	std::vector<sock_filter> filter(program.size() / sizeof(sock_filter));
	memcpy(filter.data(), program.data(), program.size());
	return startInPool(info.Env(), std::make_unique<RingOpen>(socket, blocks, std::move(filter)));
}
