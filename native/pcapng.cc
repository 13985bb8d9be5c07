// Frames of capture rings as packets of pcapng (draft-ietf-opsawg-pcapng), in the order of time, straight from the kernel's memory to the reader's. The
// other blocks of such a file are written by src/watch/live/pcapng-stream.ts.
#include "addon.h"
#include "arguments.h"
#include "ring.h"

#include <arpa/inet.h>
#include <cstring>
#include <iterator>
#include <limits>

namespace {

constexpr uint32_t enhancedPacket = 6;
constexpr uint32_t tagBytes = 4;
/** The two addresses of Ethernet, after which a tag is. */
constexpr uint32_t addressBytes = 12;
/** epb_flags by the frame's type: bits 0 and 1 the direction, bits 2 to 4 unicast, broadcast, multicast, promiscuous. */
constexpr uint32_t flags[] = {0b001'01, 0b011'01, 0b010'01, 0b100'01, 0b000'10};
/** epb_flags, bit 9. */
constexpr uint32_t checksumNotReady = 0x200;

struct Head {
	uint32_t type = enhancedPacket;
	uint32_t total = 0;
	uint32_t index = 0;
	uint32_t high = 0;
	uint32_t low = 0;
	uint32_t captured = 0;
	uint32_t wire = 0;
};

struct Tail {
	uint16_t option = 2; // epb_flags
	uint16_t length = 4;
	uint32_t flags = 0;
	uint32_t end = 0;
	uint32_t total = 0;
};

/** Writes the frame's block, if there is room for it. Its length; 0: there is none. */
size_t writePacket(const Frame& frame, const char* bytes, int index, char* into, size_t room) {
	Head head;
	head.captured = frame.length + (frame.hasTag ? tagBytes : 0);
	const size_t padded = (static_cast<size_t>(head.captured) + 3) & ~size_t{3};
	const size_t total = sizeof(Head) + padded + sizeof(Tail);
	if (total > room) {
		return 0;
	}
	head.total = static_cast<uint32_t>(total);
	head.index = static_cast<uint32_t>(index);
	head.high = static_cast<uint32_t>(frame.time >> 32);
	head.low = static_cast<uint32_t>(frame.time);
	head.wire = frame.wireBytes + (frame.hasTag ? tagBytes : 0);
	memcpy(into, &head, sizeof(head));
	char* at = into + sizeof(head);
	if (padded > 0) {
		memset(at + padded - 4, 0, 4); // what pads it
	}
	if (frame.hasTag) {
		const uint16_t tag[] = {htons(frame.tagProtocol), htons(frame.tag)};
		memcpy(at, bytes, addressBytes);
		memcpy(at + addressBytes, tag, tagBytes);
		memcpy(at + addressBytes + tagBytes, bytes + addressBytes, frame.length - addressBytes);
	} else {
		memcpy(at, bytes, frame.length);
	}
	Tail tail;
	tail.flags = (frame.type < std::size(flags) ? flags[frame.type] : 0) | (frame.isChecksumNotReady ? checksumNotReady : 0);
	tail.total = head.total;
	memcpy(at + padded, &tail, sizeof(tail));
	return total;
}

/** Why no more was written. */
enum class Why { early, full, interface, most };
constexpr const char* names[] = {"early", "full", "interface", "most"};

class Writing {
public:
	Writing(const std::vector<std::shared_ptr<Ring>>& rings, char* into, size_t room) : rings_(rings), into_(into), room_(room) {}

	/** Writes frames that are not younger than `until`, `most` at most. */
	Why run(uint64_t until, uint64_t most) {
		for (;;) {
			size_t first = rings_.size();
			uint64_t limit = until;
			uint64_t oldest = std::numeric_limits<uint64_t>::max();
			for (size_t index = 0; index < rings_.size(); index++) {
				const Frame* frame = rings_[index]->frame();
				if (frame != nullptr && (first == rings_.size() || frame->time < oldest)) {
					limit = first == rings_.size() ? until : std::min(until, oldest);
					oldest = frame->time;
					first = index;
				} else if (frame != nullptr) {
					limit = std::min(limit, frame->time);
				}
			}
			if (first == rings_.size() || oldest > until) {
				return Why::early;
			}
			if (const Why why = runOne(first, limit, most); why != Why::early) {
				return why;
			}
		}
	}

	size_t bytes() const { return at_; }
	uint64_t packets() const { return packets_; }
	/** Why::interface: the ring at whose frame it stands. */
	size_t ring() const { return ring_; }

private:
	/** It is this ring's turn as long as none of the others has an older frame. */
	Why runOne(size_t index, uint64_t limit, uint64_t most) {
		ring_ = index;
		Ring& ring = *rings_[index];
		for (const Frame* frame = ring.frame(); frame != nullptr && frame->time <= limit; frame = ring.frame()) {
			if (packets_ >= most) {
				return Why::most;
			}
			Known* known = ring.known(frame->ifindex);
			if (known == nullptr) {
				return Why::interface;
			}
			if (known->index >= 0) {
				const size_t length = writePacket(*frame, ring.bytes(), known->index, into_ + at_, room_ - at_);
				if (length == 0) {
					return Why::full;
				}
				at_ += length;
				known->packets++;
				packets_++;
			}
			ring.advance();
		}
		return Why::early;
	}

	const std::vector<std::shared_ptr<Ring>>& rings_;
	char* into_;
	size_t room_;
	size_t at_ = 0;
	uint64_t packets_ = 0;
	size_t ring_ = 0;
};

Napi::Array marksOf(Napi::Env env, const std::vector<std::shared_ptr<Ring>>& rings) {
	Napi::Array result = Napi::Array::New(env);
	for (size_t ring = 0; ring < rings.size(); ring++) {
		for (const Mark& mark : rings[ring]->takeMarks()) {
			Napi::Object one = Napi::Object::New(env);
			one.Set("ring", Napi::Number::New(env, static_cast<double>(ring)));
			one.Set("id", Napi::Number::New(env, mark.id));
			one.Set("ifindex", Napi::Number::New(env, mark.ifindex));
			one.Set("atMs", Napi::Number::New(env, static_cast<double>(mark.time) / 1e6));
			result.Set(result.Length(), one);
		}
	}
	return result;
}

} // namespace

Napi::Value writeFrames(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const std::vector<int> numbers = toInts(info[0], "rings");
	const double untilMs = toAmount(info[2], "untilMs");
	const double most = toAmount(info[3], "most");
	if (!env.IsExceptionPending() && (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)) {
		Napi::TypeError::New(env, "into must be a Uint8Array").ThrowAsJavaScriptException();
	}
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	std::vector<std::shared_ptr<Ring>> rings;
	for (const int number : numbers) {
		rings.push_back(ringOf(number));
		if (rings.back() == nullptr) {
			return raise(env, {EINVAL, "writeFrames"});
		}
	}
	Napi::Uint8Array into = info[1].As<Napi::Uint8Array>();
	Writing writing(rings, reinterpret_cast<char*>(into.Data()), into.ByteLength());
	const Why why = writing.run(toNanoseconds(untilMs), most >= 1e15 ? std::numeric_limits<uint64_t>::max() : static_cast<uint64_t>(most));
	Napi::Object result = Napi::Object::New(env);
	result.Set("why", Napi::String::New(env, names[static_cast<size_t>(why)]));
	result.Set("bytes", Napi::Number::New(env, static_cast<double>(writing.bytes())));
	result.Set("packets", Napi::Number::New(env, static_cast<double>(writing.packets())));
	if (why == Why::interface) {
		result.Set("ring", Napi::Number::New(env, static_cast<double>(writing.ring())));
		result.Set("ifindex", Napi::Number::New(env, rings[writing.ring()]->frame()->ifindex));
	}
	result.Set("marks", marksOf(env, rings));
	return result;
}
