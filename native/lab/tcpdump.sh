#!/bin/sh
# The machine's tcpdump, in a box with one user id: preload/one-user.c says why it needs help there.
for tcpdump in /usr/bin/tcpdump /usr/sbin/tcpdump; do
	test -x "$tcpdump" && LD_PRELOAD=/usr/local/bin/one-user.so exec "$tcpdump" "$@"
done
echo 'tcpdump: not found' >&2
exit 127
