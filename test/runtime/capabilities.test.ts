import test, {type ExecutionContext} from 'ava';
import {capabilityNames, confined, containerCapabilities, heldCapabilities, hostCapabilities} from '../../src/runtime/capabilities.ts';

const everything = (1n << 41n) - 1n;
/** What `docker run --rm alpine grep CapEff /proc/self/status` prints. */
const dockerDefault = 0xa8_04_25_fbn;

const gives = test.macro({
	exec(t: ExecutionContext, add: readonly string[], drop: readonly string[], expected: bigint) {
		t.is(containerCapabilities(add, drop, everything), expected);
	},
	title: (_title, add, drop) => `--cap-add ${add.join(',') || 'nothing'} --cap-drop ${drop.join(',') || 'nothing'}`,
});
test(gives, [], [], dockerDefault);
test(gives, ['NET_ADMIN'], [], dockerDefault | (1n << 12n));
test(gives, ['cap_net_admin'], ['CAP_NET_RAW'], (dockerDefault | (1n << 12n)) & ~(1n << 13n));
test(gives, [], ['ALL'], 0n);
test(gives, ['NET_RAW'], ['all'], 1n << 13n);
test(gives, ['ALL'], [], everything);
test(gives, ['ALL'], ['SYS_ADMIN'], everything & ~(1n << 21n));
test(gives, ['NO_SUCH_THING'], [], dockerDefault);

test('without a user namespace no container gets what reaches the machine, not even by asking', (t) => {
	const names = capabilityNames(containerCapabilities(['ALL'], [], confined(everything)));
	t.false(['CAP_MKNOD', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_TIME'].some((name) => names.includes(name)));
	t.true(names.includes('CAP_NET_ADMIN'));
});

test('nobody gets a capability that the box does not have', (t) => {
	const held = everything & ~(1n << 24n);
	t.is(containerCapabilities(['ALL'], [], held), held);
	t.is(hostCapabilities(held) & (1n << 24n), 0n);
});

test("a lab host has the rights over its network, and none over the machine's clock or modules", (t) => {
	const names = capabilityNames(hostCapabilities(everything));
	t.true(['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'].every((name) => names.includes(name)));
	t.false(['CAP_SYS_TIME', 'CAP_SYS_MODULE', 'CAP_SYS_BOOT', 'CAP_MKNOD', 'CAP_SYS_RAWIO'].some((name) => names.includes(name)));
});

test('the bounding set is read from /proc/PID/status', (t) => {
	t.is(heldCapabilities('CapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000000\n'), 0x1_ff_fe_ff_ff_ffn);
});
