#!/bin/sh
# A room for a real Docker engine: its own mounts of /run, /etc and /sys, and a machine in it that a plan's script makes. Nothing of it is outside.
# Run it in network, mount and PID namespaces made for it; it ends with them.
#
#   room.sh open FOLDER CGROUP FLAGS...   makes the machine of FOLDER/machine.sh (its host is h1), starts dockerd with these flags there, prints
#                                         "ready" when it answers, and reaps. What dockerd says is in FOLDER/log.
#   room.sh try VERSIONS FOLDER           whether an engine of one of these versions ("20.10 28.5") runs here; when not, prints why
set -eu

main() {
	case $1 in
	open)
		furnish "$2"
		sh "$2/machine.sh"
		shift
		# the first process here: while it waits it reaps
		ip netns exec h1 unshare --uts sh "$script" engine "$@" &
		wait $!
		;;
	engine)
		shift
		start "$@"
		;;
	try) attempt "$2" "$3" ;;
	esac
}

furnish() {
	mount --make-rprivate /
	mkdir -p "$1/cgroup" "$1/data"
	mount --rbind /sys/fs/cgroup "$1/cgroup"
	mount -t tmpfs tmpfs /run
	cp -a /etc /run/etc
	mount --bind /run/etc /etc
	rm -rf /etc/netns /etc/docker
	mkdir -p /etc/netns /run/netns
}

# In the machine's network namespace, with a /sys of it (ip-netns(8)).
start() {
	folder=$1
	cgroup=$2
	shift 2
	hostname h1
	mount --rbind "$folder/cgroup" /sys/fs/cgroup
	dockerd --data-root "$folder/data" --exec-root /run/docker --pidfile /run/docker.pid --host "$DOCKER_HOST" --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$cgroup" "$@" >"$folder/log" 2>&1 &
	# a client that connects is answered once the engine is ready
	while [ ! -S /run/docker.sock ]; do
		kill -0 $! 2>/dev/null || exit 1
		sleep 0.02
	done
	docker version >/dev/null 2>&1 && echo ready
	wait
}

attempt() {
	if [ "$(tr -s ' ' ' ' </proc/self/uid_map)" != ' 0 0 4294967295' ]; then
		echo "dockerd needs the machine's root"
		exit 1
	fi
	said=$(dockerd --version 2>&1) || { echo "dockerd is not installed"; exit 1; }
	version=$(echo "$said" | sed -E 's/^.*version ([0-9]+\.[0-9]+).*$/\1/')
	case " $1 " in
	*" $version "*) ;;
	*)
		echo "dockerd is version $version, and not one of: $1"
		exit 1
		;;
	esac
	mkdir -p "$2"
	furnish "$2"
	: >"$2/log"
	printf 'ip netns add h1\n' >"$2/machine.sh"
	sh "$2/machine.sh"
	ip netns exec h1 unshare --uts sh "$script" engine "$2" vethlab-try >"$2/said" 2>&1 &
	for _ in $(seq 300); do
		grep -q ready "$2/said" && exit 0
		kill -0 $! 2>/dev/null || break
		sleep 0.1
	done
	grep -v 'level=info' "$2/log" | tail -n 1
	exit 1
}

script=$0
DOCKER_HOST=unix:///run/docker.sock
DOCKER_CONFIG=/run
export DOCKER_HOST DOCKER_CONFIG
main "$@"
