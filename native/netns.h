// The one thread that goes into network namespaces: it enters before each piece of work and leaves after it.
#pragma once

#include "helper.h"

Helper& netThread();

/** On that thread only. */
Failure enterNetns(int netns);

/**
 * Leaves at the end of its scope: a thread inside a namespace would keep it alive after its last descriptor is closed. Where the way
 * home is barred (a network namespace of another user namespace) the thread waits in an empty one. Failing is harmless: every piece of
 * work enters first.
 */
struct LeaveNetns {
	LeaveNetns() = default;
	LeaveNetns(const LeaveNetns&) = delete;
	LeaveNetns& operator=(const LeaveNetns&) = delete;
	~LeaveNetns();
};
