// A frame sent as it is through one interface, past routes and rules. packet(7)
#include "addon.h"
#include "arguments.h"
#include "failure.h"
#include "loop.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

Napi::Value sendFrame(const Napi::CallbackInfo& info) {
	const int fd = toInt(info[0], "socket", 0);
	const int ifindex = toInt(info[1], "ifindex", 1);
	const std::string frame = toBytes(info[2], "frame");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	sockaddr_ll to{};
	to.sll_family = AF_PACKET;
	to.sll_ifindex = ifindex;
	if (sendto(fd, frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) < 0) {
		return raise(info.Env(), failed("sendto"));
	}
	return info.Env().Undefined();
}
