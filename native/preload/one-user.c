// For programs in a box that has one user id: there nobody may change groups (user_namespaces(7), /proc/PID/setgroups), and what leaves those of root before
// it becomes somebody else, as tcpdump does, stops. Nobody else is there to become: that all went well is as good as true.
#include <grp.h>

int initgroups(const char* user, gid_t group) {
	(void)user;
	(void)group;
	return 0;
}

int setgroups(size_t count, const gid_t* groups) {
	(void)count;
	(void)groups;
	return 0;
}
