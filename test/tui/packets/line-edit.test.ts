// A line that is typed.
import test from 'ava';
import type {Input} from '../../../src/tui/host/decoder.ts';
import {edited, lineOf, type Line} from '../../../src/tui/packets/line-edit.ts';

/** "a|b": the cursor is before b. Names of keys stand in <>. */
const types = test.macro({
	exec(t, before: string, keys: string, after: string) {
		let line: Line = {text: before.replace('|', ''), cursor: before.indexOf('|')};
		for (const [, name, character] of keys.matchAll(/<([^>]+)>|(.)/gsu)) {
			const input: Exclude<Input, {kind: 'mouse'}> = name?.startsWith('paste ')
				? {kind: 'paste', text: name.slice(6)}
				: {kind: 'key', name: name ?? '', text: character ?? ''};
			line = edited(line, input);
		}

		t.is(`${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`, after);
	},
	title: (_, before: string, keys: string, after: string) => `${before} and then ${JSON.stringify(keys)} is ${after}`,
});

test(types, '|', 'arp', 'arp|');
test(types, 'tcp|', '<Home>!<End> ', '!tcp |');
test(types, 'a|b', '<Left><Left>x', 'x|ab');
test(types, 'a|b', '<Right><Right>x', 'abx|');
test(types, 'a|b', '<Backspace><Backspace>', '|b');
test(types, 'a|b', '<Delete><Delete>', 'a|');
test(types, 'tcp.port == 80|', '<Ctrl-W>', 'tcp.port == |');
test(types, 'tcp.port == |80', '<Ctrl-U>', '|80');
test(types, 'a|b', '<F5><Up>', 'a|b');
test(types, 'a|b', '<paste one\nand another>', 'aone|b');
test(types, '𝄞|', 'x<Left><Left><Delete>', '|x');

test('a line begins with its cursor at the end', (t) => {
	t.deepEqual(lineOf('arp'), {text: 'arp', cursor: 3});
});
