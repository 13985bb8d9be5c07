import test from 'ava';
import {parsePublish, publishesOf} from '../../../src/model/parse/ports.ts';

const at = {line: 1, column: 1};

const reads = test.macro<[string, readonly string[]]>({
	exec(t, text, expected) {
		const ports = parsePublish(text, at);
		t.deepEqual(
			ports?.map(
				({hostAddress, hostPorts, port, protocol}) =>
					`${hostAddress ?? '*'} ${hostPorts === undefined ? 'any' : `${hostPorts.first}-${hostPorts.last}`} ${port}/${protocol}`,
			),
			expected,
		);
		t.true(ports?.every((each) => each.text === text && each.at === at));
	},
	title: (_, text) => `"${text}" is read as docker run -p reads it`,
});

test(reads, '8080:80', ['* 8080-8080 80/tcp']);
test(reads, '80', ['* any 80/tcp']);
test(reads, '0:80', ['* any 80/tcp']);
test(reads, '53:53/udp', ['* 53-53 53/udp']);
test(reads, '127.0.0.1:8081:80', ['127.0.0.1 8081-8081 80/tcp']);
test(reads, '127.0.0.1::80', ['127.0.0.1 any 80/tcp']);
test(reads, '127.0.0.1:80', ['127.0.0.1 any 80/tcp']);
test(reads, '[::1]:8084:80', ['::1 8084-8084 80/tcp']);
test(reads, '9000-9002:9000-9002', ['* 9000-9000 9000/tcp', '* 9001-9001 9001/tcp', '* 9002-9002 9002/tcp']);
test(reads, '7000-7001:80', ['* 7000-7001 80/tcp']);
test(reads, '3000-3001', ['* any 3000/tcp', '* any 3001/tcp']);

const refuses = test.macro<[string, RegExp]>({
	exec(t, text, words) {
		t.is(parsePublish(text, at), undefined);
		const ports = publishesOf(text, at);
		t.regex('wrong' in ports ? ports.wrong : '', words);
	},
	title: (_, text) => `"${text}" is refused`,
});

test(refuses, '8080:80:tcp', /is not a port mapping/);
test(refuses, '', /is not a port mapping/);
test(refuses, '0', /0 is not a port/);
test(refuses, '8080:65536', /65536 is not a port/);
test(refuses, '9001-9000:80', /ends before it starts/);
test(refuses, '9000-9002:80-81', /not of the same length/);
test(refuses, '300.0.0.1:80:80', /not an address of a host/);
test(refuses, '[fe80::zz]:80:80', /not an address of a host/);
test(refuses, '80:80/sctp', /not built yet/);
test(refuses, '80:80/icmp', /not one of tcp, udp/);
