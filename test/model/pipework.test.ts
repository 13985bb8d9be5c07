import test from 'ava';
import {parsePipework} from '../../src/model/pipework.ts';

const parsed = test.macro({
	exec(t, line: string, wanted: object) {
		t.deepEqual(parsePipework(line.split(' ')), {
			on: 'br0',
			dev: 'eth1',
			local: undefined,
			container: 'web',
			address: '192.168.1.10/24',
			gateway: undefined,
			mac: undefined,
			...wanted,
		} as never);
	},
	title: (_, line: string) => `pipework ${line}`,
});

test(parsed, 'br0 web 192.168.1.10/24', {});
test(parsed, 'br0 web 192.168.1.10/24@192.168.1.1', {gateway: '192.168.1.1'});
test(parsed, 'br0 -i eth0 a46657528059 192.168.115.10/24@192.168.115.2', {
	dev: 'eth0',
	container: 'a46657528059',
	address: '192.168.115.10/24',
	gateway: '192.168.115.2',
});
test(parsed, 'eth1 -i eth5 -l mine web 10.0.0.1/8 02:00:00:00:00:0A', {
	on: 'eth1',
	dev: 'eth5',
	local: 'mine',
	address: '10.0.0.1/8',
	mac: '02:00:00:00:00:0a',
});
test(parsed, 'br0 web 0/0', {address: undefined});

const refused = test.macro({
	exec(t, line: string, said: string, hint?: RegExp) {
		const error = t.throws(() => parsePipework(line === '' ? [] : line.split(' ')), {code: 'E_ARGUMENT'} as object);
		t.like(error, {said});
		t.regex((error as {hint?: string}).hint ?? '', hint ?? /^pipework BRIDGE\|NIC/);
	},
	title: (_, line: string) => `refused: pipework ${line}`,
});

test(refused, '', 'it needs to know what to do');
test(refused, 'br0', 'the container is missing');
test(refused, 'br0 web', "the container's address is missing");
test(refused, 'br0 web 10.0.0.1/8 02:00:00:00:00:0a more', '"more" is one word too many');
test(refused, 'br0 web 10.0.0.1', '"10.0.0.1" is not an address with prefix', /10\.0\.0\.1\/24/);
test(refused, 'br0 web 10.0.0.1/33', '"10.0.0.1/33" is not an address with prefix');
test(refused, 'br0 web web2', '"web2" is not an address with prefix');
test(refused, 'br0 web 10.0.0.1/8@', '"" is not the address of a gateway');
test(refused, 'br0 web 10.0.0.1/8@10.0.0.2/8', '"10.0.0.2/8" is not the address of a gateway');
test(refused, 'br0 web 10.0.0.1/8@10.0.0.2@3', '"10.0.0.2@3" is not the address of a gateway');
test(refused, 'br0 web 0/0@10.0.0.1', 'without an address there is no way to a gateway');
test(refused, 'br0 web fd00::1/64', '"fd00::1/64" is an IPv6 address', /IPv4/);
test(refused, 'br0 web dhcp', 'it cannot ask for an address by dhcp', /no DHCP server/);
test(refused, 'br0 web udhcpc:-f', 'it cannot ask for an address by udhcpc:-f', /no DHCP server/);
test(refused, 'br0 web 10.0.0.1/8 02:00:00:00:00:0a@9', '"02:00:00:00:00:0a@9": VLANs are not in the lab', /@VLAN/);
test(refused, 'br0 web 10.0.0.1/8 01:00:00:00:00:0a', '"01:00:00:00:00:0a" is not the MAC of one interface', /even/);
test(refused, 'br0 web 10.0.0.1/8 U:5', '"U:5" is not the MAC of one interface', /even/);
test(refused, 'br0 -x eth0 web 10.0.0.1/8', 'it does not know -x');
test(refused, 'br0 web 10.0.0.1/8 -i', '-i needs the name of an interface behind it');
test(refused, 'br0 -i an-interface-too-long web 10.0.0.1/8', '"an-interface-too-long" cannot be the name of an interface', /15 bytes/);
test(refused, 'br/0 web 10.0.0.1/8', '"br/0" cannot be the name of an interface', /15 bytes/);
test(refused, '--wait -i eth1', '`pipework --wait` is for the inside of a container, which has no pipework here');
test(refused, 'route web add 10.0.0.0/8 dev eth0', '`pipework route` is not there', /nsenter -t PID -n ip route/);
