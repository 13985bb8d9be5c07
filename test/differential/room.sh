#!/bin/sh
# A room for real Docker engines: its own mounts of /run, /etc and /sys, and machines in it that a plan's script makes. Nothing of it is outside.
# Run it in network, mount and PID namespaces made for it; it ends with them.
#
#   room.sh open FOLDER CGROUP    makes the machines of FOLDER/machines.sh and starts a dockerd on each host of FOLDER/hosts, whose lines are a host and
#                                 the daemon's flags; says "ready" of each when it answers, and reaps. An engine's socket is /run/HOST/docker.sock,
#                                 its namespaces are in /run/HOST/netns, and what it says is in FOLDER/HOST.log. One that ends when there is a file
#                                 /run/HOST/again starts once more with the same flags; else the room ends with it.
#   room.sh try VERSIONS FOLDER   whether an engine of one of these versions ("20.10 28.5") runs here; when not, prints why
set -eu

main() {
	case $1 in
	open)
		furnish "$2"
		sh "$2/machines.sh"
		trap 'exit 1' TERM
		while read -r host flags; do
			# shellcheck disable=SC2086 # words
			{ ip netns exec "$host" unshare --uts sh "$script" engine "$host" "$2" "$3" $flags || true; kill -TERM $$; } </dev/null &
		done <"$2/hosts"
		# the first process here: while it waits it reaps
		wait
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
	host=$1
	folder=$2
	cgroup=$3
	shift 3
	hostname "$host"
	mount --rbind "$folder/cgroup" /sys/fs/cgroup
	mkdir "/run/$host"
	DOCKER_HOST=unix:///run/$host/docker.sock
	export DOCKER_HOST
	while
		dockerd --data-root "$folder/data/$host" --exec-root "/run/$host" --pidfile "/run/$host/docker.pid" --host "$DOCKER_HOST" --storage-driver vfs \
			--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$cgroup" "$@" >>"$folder/$host.log" 2>&1 &
		# a client that connects is answered once the engine is ready
		while [ ! -S "/run/$host/docker.sock" ]; do
			kill -0 $! 2>/dev/null || exit 1
			sleep 0.02
		done
		docker version >/dev/null || exit 1
		echo ready
		wait $! || true
		rm "/run/$host/again" 2>/dev/null
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
	: >"$2/h1.log"
	ip netns add h1
	ip netns exec h1 unshare --uts sh "$script" engine h1 "$2" vethlab-try >"$2/said" 2>&1 &
	engine=$!
	until grep -q ready "$2/said"; do
		kill -0 $engine 2>/dev/null || give_up "$(grep -v 'level=info' "$2/h1.log" | tail -n 1)"
		sleep 0.1
	done
	DOCKER_HOST=unix:///run/h1/docker.sock
	export DOCKER_HOST
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
DOCKER_CONFIG=/run
export DOCKER_CONFIG
main "$@"
