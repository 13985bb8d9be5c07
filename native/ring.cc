// Rings, and the cursor. Numbers of the kernel's are in the machine's byte order. A header that cannot be right ends its block: nothing beyond is read.
#include "ring.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <new>
#include <sys/mman.h>
#include <sys/socket.h>

namespace {

/** A block with packets in it is handed over after so long, however empty. */
constexpr unsigned int retireMs = 20;
/** Moves the Ethernet header from 82 to 84 bytes after the frame's header, so that frames begin at a multiple of four. */
constexpr int reserveBytes = 2;
/** The two addresses of Ethernet, after which a tag is. */
constexpr uint32_t addressBytes = 12;
constexpr size_t blockHeaderBytes = sizeof(tpacket_block_desc);
/** Where sockaddr_ll is, after tpacket3_hdr. */
constexpr size_t addressAt = TPACKET_ALIGN(sizeof(tpacket3_hdr));
constexpr size_t frameHeaderBytes = addressAt + sizeof(sockaddr_ll);

/** markerFrame of src/watch/live/marker.ts. */
constexpr size_t markerBytes = 60;
constexpr char markerType[] = {'\x88', '\xb5'};
constexpr size_t markerTypeAt = 12;
constexpr size_t markerIdAt = 16;
constexpr char mark[] = "vethlab: a mark!";
constexpr size_t markBytes = sizeof(mark) - 1;

bool attach(int fd, sock_filter* instructions, size_t count) {
	const sock_fprog program = {static_cast<unsigned short>(count), instructions};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

tpacket_hdr_v1& headerOf(char* block) {
	return reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1;
}

const tpacket_hdr_v1& headerOf(const char* block) {
	return reinterpret_cast<const tpacket_block_desc*>(block)->hdr.bh1;
}

/** Never more than the block has, whatever its header says. */
size_t lengthOf(const tpacket_hdr_v1& header) {
	return std::min<size_t>(header.blk_len, Ring::blockBytes);
}

} // namespace

Failure Ring::prepare(int socket, int blocks, std::vector<sock_filter>& filter) {
	const int version = TPACKET_V3;
	if (setsockopt(socket, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
		setsockopt(socket, SOL_PACKET, PACKET_RESERVE, &reserveBytes, sizeof(reserveBytes)) != 0) {
		return failed("setsockopt");
	}
	tpacket_req3 request{};
	request.tp_block_size = blockBytes;
	request.tp_block_nr = static_cast<unsigned int>(blocks);
	request.tp_frame_size = 2048; // only has to divide the block; a frame may be as long as a block
	request.tp_frame_nr = request.tp_block_nr * (blockBytes / request.tp_frame_size);
	request.tp_retire_blk_tov = retireMs;
	if (setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0) {
		return failed("setsockopt");
	}
	if (!filter.empty() && !attach(socket, filter.data(), filter.size())) {
		return failed("setsockopt");
	}
	sockaddr_ll everything{};
	everything.sll_family = AF_PACKET;
	everything.sll_protocol = htons(ETH_P_ALL);
	if (bind(socket, reinterpret_cast<const sockaddr*>(&everything), sizeof(everything)) != 0) {
		return failed("bind");
	}
	return {};
}

Failure Ring::map(Fd socket, int blocks) {
	const size_t size = static_cast<size_t>(blocks) * blockBytes;
	// The kernel refuses another size than the ring's.
	void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, socket.get(), 0);
	if (memory == MAP_FAILED) {
		return failed("mmap");
	}
	mapped_ = static_cast<char*>(memory);
	size_ = size;
	fd_ = std::move(socket);
	return {};
}

const Frame* Ring::frame() {
	while (!hasFrame_) {
		if (!isInBlock_ && !enterBlock()) {
			return nullptr;
		}
		if (!step()) {
			leaveBlock();
		}
	}
	return &frame_;
}

bool Ring::enterBlock() {
	if (saved_.empty() && finished() == 0) {
		return false;
	}
	const tpacket_hdr_v1& header = headerOf(block());
	length_ = lengthOf(header);
	left_ = length_ < blockHeaderBytes ? 0 : header.num_pkts;
	next_ = header.offset_to_first_pkt;
	isInBlock_ = true;
	return true;
}

void Ring::leaveBlock() {
	isInBlock_ = false;
	if (saved_.empty()) {
		giveBack();
	} else {
		savedBytes_ -= saved_.front().length;
		saved_.pop_front();
	}
}

void Ring::giveBack() {
	tpacket_hdr_v1& header = headerOf(mapped_ + oldest_);
	header.num_pkts = 0; // else it would count as begun before the kernel opens it anew
	__atomic_store_n(&header.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	finished_--;
	oldest_ = (oldest_ + blockBytes) % size_;
}

bool Ring::step() {
	const char* const bytesOfBlock = block();
	while (left_ > 0) {
		left_--;
		if (next_ < blockHeaderBytes || next_ % 4 != 0 || next_ + frameHeaderBytes > length_ || !read(bytesOfBlock)) {
			return false;
		}
		if (!hasFrame_) {
			continue;
		}
		if (!isMarker()) {
			return true;
		}
		uint32_t id = 0;
		memcpy(&id, bytes() + frame_.length - markerBytes + markerIdAt, sizeof(id));
		marks_.push_back({ntohl(id), frame_.ifindex, frame_.time});
		hasFrame_ = false;
	}
	return false;
}

/** Each field is read once: the kernel may be at writing one of a block that was taken before it was finished. false: what is there is no frame. */
bool Ring::read(const char* block) {
	tpacket3_hdr head;
	sockaddr_ll address;
	memcpy(&head, block + next_, sizeof(head));
	memcpy(&address, block + next_ + addressAt, sizeof(address));
	const size_t start = next_ + head.tp_mac;
	// without TP_STATUS_USER it was still being written when the block was taken
	if ((head.tp_status & TP_STATUS_USER) == 0 || head.tp_mac < frameHeaderBytes || start + head.tp_snaplen > length_ ||
		(head.tp_next_offset != 0 && head.tp_next_offset < frameHeaderBytes)) {
		return false;
	}
	next_ += head.tp_next_offset;
	if (head.tp_next_offset == 0) {
		left_ = 0;
	}
	frame_.time = head.tp_sec * 1000000000ull + head.tp_nsec;
	frame_.ifindex = address.sll_ifindex;
	frame_.start = start;
	frame_.length = head.tp_snaplen;
	frame_.wireBytes = head.tp_len;
	frame_.type = address.sll_pkttype;
	frame_.isChecksumNotReady = (head.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
	frame_.hasTag = (head.tp_status & TP_STATUS_VLAN_VALID) != 0 && head.tp_snaplen >= addressBytes;
	frame_.tagProtocol = (head.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? head.hv1.tp_vlan_tpid : ETH_P_8021Q;
	frame_.tag = static_cast<uint16_t>(head.hv1.tp_vlan_tci);
	hasFrame_ = frame_.time >= from_ &&
				(address.sll_hatype == ARPHRD_ETHER || (address.sll_hatype == ARPHRD_LOOPBACK && frame_.type != PACKET_OUTGOING));
	return true;
}

/** Whether it is a marker, or has one at its end, in a tunnel. */
bool Ring::isMarker() const {
	const char* end = bytes() + frame_.length;
	if (frame_.length < markerBytes || end[-1] != mark[markBytes - 1]) {
		return false;
	}
	return memcmp(end - markerBytes + markerTypeAt, markerType, sizeof(markerType)) == 0 && memcmp(end - markBytes, mark, markBytes) == 0;
}

size_t Ring::finished() {
	while (mapped_ != nullptr && finished_ * blockBytes < size_ &&
		   (__atomic_load_n(&headerOf(mappedBlock(finished_)).block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0) {
		finished_++;
	}
	return finished_;
}

const tpacket_hdr_v1* Ring::unfinished() {
	if (mapped_ == nullptr || finished() * blockBytes == size_) {
		return nullptr;
	}
	const tpacket_hdr_v1& header = headerOf(mappedBlock(finished_));
	return __atomic_load_n(&header.num_pkts, __ATOMIC_ACQUIRE) == 0 ? nullptr : &header;
}

void Ring::save() {
	// a cursor in the first of them is then at the same place of its copy
	while (finished() > 0 && saveBlock(mapped_ + oldest_)) {
		giveBack();
	}
}

bool Ring::saveBlock(const char* block) {
	const size_t length = std::max(blockHeaderBytes, lengthOf(headerOf(block)));
	Saved saved = {std::unique_ptr<char[]>(new (std::nothrow) char[length]), length};
	if (saved.bytes == nullptr) {
		return false;
	}
	memcpy(saved.bytes.get(), block, length);
	// the kernel may have gone on meanwhile with one that is not finished
	headerOf(saved.bytes.get()).blk_len = static_cast<uint32_t>(length);
	saved_.push_back(std::move(saved));
	savedBytes_ += length;
	return true;
}

void Ring::leave() {
	if (mapped_ == nullptr) {
		return;
	}
	sock_filter nothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
	attach(fd_.get(), nothing, 1);
	save();
	if (finished_ == 0 && unfinished() != nullptr) {
		saveBlock(mapped_ + oldest_);
	}
	unmap();
}

void Ring::drop() {
	unmap();
	saved_.clear();
	savedBytes_ = 0;
	isInBlock_ = false;
	hasFrame_ = false;
}

void Ring::unmap() {
	if (mapped_ != nullptr) {
		munmap(mapped_, size_);
		mapped_ = nullptr;
		finished_ = 0;
		// without memory for its block
		isInBlock_ = isInBlock_ && !saved_.empty();
		hasFrame_ = hasFrame_ && isInBlock_;
	}
}

Known* Ring::known(int ifindex) {
	if (ifindex != lastIfindex_ || last_ == nullptr) {
		const auto found = interfaces_.find(ifindex);
		last_ = found == interfaces_.end() ? nullptr : &found->second;
		lastIfindex_ = ifindex;
	}
	return last_;
}

void Ring::know(int ifindex, int index) {
	interfaces_[ifindex].index = index;
}
