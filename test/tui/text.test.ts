import test from 'ava';
import {clip, eachCell, fit, plain, short, width, wrap} from '../../src/tui/text.ts';

const measures = test.macro({
	exec: (t, text: string, cells: number) => t.is(width(text), cells),
	title: (_, text: string, cells: number) => `${JSON.stringify(text)} takes ${cells} cells`,
});
test(measures, 'web', 3);
test(measures, '═╤═ ▼1.2k', 9);
test(measures, 'bridge 模式', 11);
test(measures, 'e\u0301te\u0301', 3);
test(measures, 'done ✅ 🎉', 8);
test(measures, 'a\u200Db', 2);
test(measures, 'bell\u0007', 5);

const shortens = test.macro({
	exec: (t, value: number, text: string) => t.is(short(value), text),
	title: (_, value: number, text: string) => `${value} is shown as ${text}`,
});
test(shortens, 0, '0');
test(shortens, 999.4, '999');
test(shortens, 999.6, '1.0k');
test(shortens, 1234, '1.2k');
test(shortens, 9949, '9.9k');
test(shortens, 9951, '10k');
test(shortens, 999_600, '1.0M');
test(shortens, 3.4e13, '34T');

test('a number of any size is at most four cells', (t) => {
	for (let value = 0.3; value < 1e15; value *= 1.07) {
		t.true(short(value).length <= 4, `${value} -> ${short(value)}`);
	}
});

test('every letter, line and arrow is drawn as its composed form', (t) => {
	const drawn = (text: string): readonly number[] => {
		const units: number[] = [];
		eachCell(text, (unit) => {
			units.push(unit);
			return true;
		});
		return units;
	};
	for (let point = 0; point < 0x30_00; point++) {
		const letter = String.fromCodePoint(point);
		t.deepEqual(drawn(letter), drawn(letter.normalize('NFC')), point.toString(16));
	}
});

test('a clipped text has exactly the cells that are left, also when a wide character does not fit', (t) => {
	t.is(clip('docker0', 7), 'docker0');
	t.is(clip('docker0', 5), 'dock…');
	t.is(clip('模式模式', 4), '模…');
	t.is(clip('web', 0), '');
	for (let cells = 1; cells < 12; cells++) {
		t.is(width(fit('出去 NAT,进来', cells)), cells);
	}
});

test("a program's colours, titles and tabs do not reach the screen", (t) => {
	t.is(plain('\u001B[1;31mred\u001B[0m\tend'), 'red    end');
	t.is(plain('\u001B]0;title\u0007text\u001B]8;;http://x\u001B\\'), 'text');
});

test('a long command breaks at spaces and keeps every word', (t) => {
	const command = 'iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';
	const lines = wrap(command, 30);
	t.is(lines.join(' '), command);
	t.true(lines.every((line) => width(line) <= 30));
});
