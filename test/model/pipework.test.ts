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
test(parsed, 'br0 web 2001:db8::5/64', {address: '2001:db8::5/64'});
test(parsed, 'br0 web 2001:DB8:0::5/64@2001:db8:0:0::1', {address: '2001:db8::5/64', gateway: '2001:db8::1'});
test(parsed, 'br0 -a 6 web 2001:db8::5/64@fe80::1', {address: '2001:db8::5/64', gateway: 'fe80::1'});
test(parsed, 'br0 web 192.168.1.10/24 -a 4', {});

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
test(refused, 'br0 web fd00::1', '"fd00::1" is not an address with prefix', /fd00::1\/64/);
test(refused, 'br0 web fd00::1/129', '"fd00::1/129" is not an address with prefix');
test(refused, 'br0 web fd00::1%eth0/64', '"fd00::1%eth0/64" is not an address with prefix');
test(refused, 'br0 web fd00::5/64@fd00::1/64', '"fd00::1/64" is not the address of a gateway');
test(refused, 'br0 web fd00::5/64@10.0.0.1', '"10.0.0.1" is no gateway for "fd00::5/64": one is IPv4, the other IPv6', /once for each family/);
test(refused, 'br0 web 10.0.0.5/8@fd00::1', '"fd00::1" is no gateway for "10.0.0.5/8": one is IPv4, the other IPv6', /once for each family/);
test(refused, 'br0 -a 4 web fd00::5/64', '"fd00::5/64" is not of the family that -a 4 names', /-a 6/);
test(refused, 'br0 -a 6 web 10.0.0.5/8', '"10.0.0.5/8" is not of the family that -a 6 names', /-a 4/);
test(refused, 'br0 web 10.0.0.5/8 -a', '-a needs 4 or 6 behind it');
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
