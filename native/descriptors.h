// Descriptors that come over a unix socket (SCM_RIGHTS, unix(7)).
#pragma once

#include "fd.h"

#include <sys/types.h>
#include <vector>

/** recvmsg(2), without waiting. All descriptors that came are put behind `descriptors`, at most eight of a message; what is beyond is closed by the kernel. */
ssize_t receiveWithDescriptors(int fd, char* bytes, size_t size, std::vector<Fd>& descriptors);
