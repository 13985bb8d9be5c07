// Words that go through sh: it reads back what was meant. And the one form in which servers are told what to do.
import {execFileSync} from 'node:child_process';
import test from 'ava';
import {port} from '../../src/base/units.ts';
import {serveArgument} from '../../src/plan/serve.ts';
import {line, quote} from '../../src/plan/shell.ts';
import {commandOf} from '../../src/plan/words.ts';

const why = 'for the test';
const eighty = port(80) ?? never();

const shell = test.macro({
	exec(t, word: string) {
		t.is(execFileSync('sh', ['-c', `printf %s ${quote(word)}`], {encoding: 'utf8'}), word);
	},
	title: (_, word: string) => `sh reads ${JSON.stringify(word)} as one word`,
});

for (const word of ['', 'a b', "it's", '$HOME `id` "x"', 'a\nb', '!', '*', '~', '#x', 'a;b|c&d', '-n', '\\', '网桥']) {
	test(shell, word);
}

test("a file's content comes back from printf as it was", (t) => {
	const content = '100% \\n "a\'b"\n\ttab\n$x\n';
	const [command = ''] = commandOf({do: 'file.write', node: 'web', file: 'hosts', content, why}, 'ip');
	t.is(execFileSync('sh', ['-c', command.replace(' >/etc/hosts', '')], {encoding: 'utf8'}), content);
});

test('a line is its words', (t) => {
	t.is(line('ip', 'link', 'add', 'a b'), "ip link add 'a b'");
});

test("a server's argument holds everything in one word", (t) => {
	t.is(serveArgument({kind: 'http', port: eighty, status: 200, body: undefined, echo: undefined}), 'http:80');
	t.is(serveArgument({kind: 'http', port: eighty, status: 503, body: 'a:b\n', echo: 'headers'}), 'http:80:status=503:echo=headers:body=a%3Ab%0A');
	t.is(serveArgument({kind: 'udp', port: eighty, echo: false}), 'udp:80');
});

function never(): never {
	throw new Error('a constant of this test is not valid');
}
