// A capture ring of a network namespace: every frame of every interface of it, in memory that the kernel fills (packet(7), TPACKET_V3; the kernel's
// packet_mmap.rst). Who made the socket and who has the ring mapped may be two processes. Nothing here waits: who does not read makes the kernel
// drop, and count. How frames are written: pcapng.h.
#pragma once

#include "failure.h"
#include "fd.h"

#include <cstdint>
#include <deque>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

/** What the kernel says of a frame. */
struct Frame {
	/** Nanoseconds since the epoch. */
	uint64_t time = 0;
	int ifindex = 0;
	/** Where it begins in its block, how much of it is there, and how long it was on the wire, without a tag that was taken out of it. */
	size_t start = 0;
	uint32_t length = 0;
	uint32_t wireBytes = 0;
	/** PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3, PACKET_OUTGOING 4. */
	uint8_t type = 0;
	/** Its checksum is left to the hardware, which a lab does not have: it is not wrong, there is none yet. */
	bool isChecksumNotReady = false;
	/** A VLAN tag that the kernel took out of the frame belongs at its byte 12: protocol and TCI. */
	bool hasTag = false;
	uint16_t tagProtocol = 0;
	uint16_t tag = 0;
};

/** A marker that came through an interface (src/watch/live/marker.ts). */
struct Mark {
	uint32_t id;
	int ifindex;
	uint64_t time;
};

/** An interface that the reader knows. */
struct Known {
	/** Its number in what is written; negative: it is not wanted. */
	int index = -1;
	/** So many of its frames were written. */
	uint64_t packets = 0;
};

/** A mapped ring with a cursor over the frames of its finished blocks, which the kernel has back as soon as the cursor has left them. */
class Ring {
public:
	static constexpr size_t blockBytes = 128 << 10;

	/** Makes a ring of a packet socket that hears nothing yet, and has it hear: no frame comes in before the filter is there. */
	static Failure prepare(int socket, int blocks, std::vector<sock_filter>& filter);

	Ring() = default;
	Ring(const Ring&) = delete;
	Ring& operator=(const Ring&) = delete;
	~Ring() { drop(); }

	/** Takes the socket over, a ring of so many blocks. */
	Failure map(Fd socket, int blocks);

	int fd() const { return fd_.get(); }
	bool isMapped() const { return mapped_ != nullptr; }

	/** Frames that were stamped before, in nanoseconds since the epoch, are left out. */
	void begin(uint64_t from) { from_ = from; }

	/** The frame at which the cursor stands: of an Ethernet interface, or of lo, where each is once: only as it comes in. Never a marker. nullptr: none. */
	const Frame* frame();
	const char* bytes() const { return block() + frame_.start; }
	void advance() { hasFrame_ = false; }
	/** Markers that the cursor passed over. */
	std::vector<Mark> takeMarks() { return std::exchange(marks_, {}); }

	/** How many finished blocks of the ring there are that the cursor has not left. */
	size_t finished();
	/** Moves those to memory of its own, so that the kernel has room again. */
	void save();
	/** Bytes of that memory. */
	size_t saved() const { return savedBytes_; }
	/** The block that the kernel is filling, if anything is in it. */
	const tpacket_hdr_v1* unfinished();

	/** Nothing more comes in, and all that is left is saved: from then on nobody needs the kernel's memory. */
	void leave();
	/** The same, without what is left. */
	void drop();
	/** The socket, to be closed. */
	Fd release() { return std::move(fd_); }

	/** nullptr: it has not been said what it is. */
	Known* known(int ifindex);
	void know(int ifindex, int index);

	/** The watcher's number for it; 0: not watched. On the JavaScript thread. */
	uint64_t watched = 0;

private:
	struct Saved {
		std::unique_ptr<char[]> bytes;
		size_t length;
	};

	/** The one in which the cursor is, or that is the next. */
	char* block() const { return saved_.empty() ? mapped_ + oldest_ : saved_.front().bytes.get(); }
	bool enterBlock();
	void leaveBlock();
	/** Goes to the next frame of the block, whatever it is; false: there is none. */
	bool step();
	bool read(const char* block);
	bool isMarker() const;
	/** Copies a block behind those that are saved; false: there is no memory. */
	bool saveBlock(const char* block);
	/** The kernel has the oldest block of the ring back. */
	void giveBack();
	char* mappedBlock(size_t count) const { return mapped_ + (oldest_ + count * blockBytes) % size_; }
	void unmap();

	Fd fd_;
	/** What the kernel fills; nullptr: it was let go of. */
	char* mapped_ = nullptr;
	size_t size_ = 0;
	/** Where the block is that the kernel gets back next, and how many from there on are known to be finished. */
	size_t oldest_ = 0;
	size_t finished_ = 0;
	/** They come before those of the ring. */
	std::deque<Saved> saved_;
	size_t savedBytes_ = 0;

	bool isInBlock_ = false;
	size_t length_ = 0;
	uint32_t left_ = 0;
	size_t next_ = 0;
	bool hasFrame_ = false;
	Frame frame_;
	uint64_t from_ = 0;
	std::vector<Mark> marks_;

	std::unordered_map<int, Known> interfaces_;
	int lastIfindex_ = -1;
	Known* last_ = nullptr;
};

/** The ring with this number, in this process; nullptr: it is gone. */
std::shared_ptr<Ring> ringOf(int number);
