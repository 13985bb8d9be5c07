// Stands in for libsystemd when crun starts. Distributions link crun with it for cgroups that systemd manages, which a lab does not use; it brings five more
// libraries, of compression and cryptography, and with them a third of crun's start. What is here is never called: every function refuses.
// The names are those that crun asks for up to 1.26 (its src/libcrun/cgroup-systemd.c, container.c and error.c); their versions are in no-systemd.map.
#include <errno.h>

int refuse(void) {
	return -ENOSYS;
}

#define REFUSES(name) int name(void) __attribute__((alias("refuse")))

REFUSES(sd_bus_call);
REFUSES(sd_bus_default_system);
REFUSES(sd_bus_default_user);
REFUSES(sd_bus_error_free);
REFUSES(sd_bus_error_get_errno);
REFUSES(sd_bus_match_signal_async);
REFUSES(sd_bus_message_append);
REFUSES(sd_bus_message_append_array);
REFUSES(sd_bus_message_append_basic);
REFUSES(sd_bus_message_append_strv);
REFUSES(sd_bus_message_close_container);
REFUSES(sd_bus_message_new_method_call);
REFUSES(sd_bus_message_open_container);
REFUSES(sd_bus_message_read);
REFUSES(sd_bus_message_unref);
REFUSES(sd_bus_process);
REFUSES(sd_bus_unref);
REFUSES(sd_bus_wait);
REFUSES(sd_journal_send_with_location);
REFUSES(sd_notify);
REFUSES(sd_notify_barrier);
