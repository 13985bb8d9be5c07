#!/bin/sh
# A room for a real Docker engine: its own mounts of /run, /etc and /sys, and a machine in it that a plan's script makes. Nothing of it is outside.
# Run it in network, mount and PID namespaces made for it; it ends with them.
#
#   room.sh open FOLDER CGROUP FLAGS...   makes the machine of FOLDER/machine.sh (its host is h1), starts dockerd with these flags there, prints
#                                         "ready" when it answers, and reaps. What dockerd says is in FOLDER/log. When it ends and there is a file
#                                         /run/again, it starts once more with the same flags.
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
	while
		dockerd --data-root "$folder/data" --exec-root /run/docker --pidfile /run/docker.pid --host "$DOCKER_HOST" --storage-driver vfs \
			--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$cgroup" "$@" >>"$folder/log" 2>&1 &
		# a client that connects is answered once the engine is ready
		while [ ! -S /run/docker.sock ]; do
			kill -0 $! 2>/dev/null || exit 1
			sleep 0.02
		done
		docker version >/dev/null || exit 1
		echo ready
		wait $! || true
		rm /run/again 2>/dev/null
	do :; done
}

attempt() {
	[ "$(tr -s ' ' ' ' </proc/self/uid_map)" = ' 0 0 4294967295' ] || give_up "dockerd needs the machine's root"
	said=$(dockerd --version 2>&1) || give_up 'dockerd is not installed'
	command -v docker >/dev/null || give_up 'docker, the command line, is not installed'
	version=$(echo "$said" | sed -E 's/^.*version ([0-9]+\.[0-9]+).*$/\1/')
	case " $1 " in
	*" $version "*) ;;
	*) give_up "dockerd is version $version, and not one of: $1" ;;
	esac
	mkdir -p "$2"
	furnish "$2"
	: >"$2/log"
	ip netns add h1
	ip netns exec h1 unshare --uts sh "$script" engine "$2" vethlab-try >"$2/said" 2>&1 &
	engine=$!
	until grep -q ready "$2/said"; do
		kill -0 $engine 2>/dev/null || give_up "$(grep -v 'level=info' "$2/log" | tail -n 1)"
		sleep 0.1
	done
	# a container of the machine's own programs: does the engine get its cgroups and mounts?
	tar -cf "$2/empty.tar" -T /dev/null
	docker import "$2/empty.tar" try >/dev/null
	said=$(docker run --rm -v /usr:/usr:ro -v /bin:/bin:ro -v /lib:/lib:ro -v /lib64:/lib64:ro try /bin/true 2>&1) || give_up "$said"
	rmdir_cgroups vethlab-try
}

give_up() {
	rmdir_cgroups vethlab-try
	echo "$1"
	exit 1
}

# The engine makes one for itself in each hierarchy; its containers' have gone with them.
rmdir_cgroups() {
	for cgroup in /sys/fs/cgroup/"$1" /sys/fs/cgroup/*/"$1"; do
		[ ! -d "$cgroup" ] || rmdir "$cgroup" 2>/dev/null || true
	done
}

script=$0
DOCKER_HOST=unix:///run/docker.sock
DOCKER_CONFIG=/run
export DOCKER_HOST DOCKER_CONFIG
main "$@"
