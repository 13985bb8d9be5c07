// Netlink sockets as file descriptors. Messages are encoded and decoded in TypeScript; only their lengths and sequence numbers are read here.
#pragma once

#include "failure.h"
#include "fd.h"

#include <vector>

/**
 * A bound netlink socket in the calling thread's network namespace, with extended acks, strict checking and 1 MiB of receive buffer
 * where allowed; receiving gives up after 30 s. netlink(7).
 */
Failure openNetlink(int protocol, const std::vector<int>& groups, Fd& out);
