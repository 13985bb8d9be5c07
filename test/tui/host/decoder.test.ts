import test from 'ava';
import {Decoder, type Input} from '../../../src/tui/host/decoder.ts';

function decode(...parts: readonly (string | Uint8Array)[]): Input[] {
	const inputs: Input[] = [];
	const decoder = new Decoder((input) => inputs.push(input));
	for (const part of parts) {
		decoder.write(typeof part === 'string' ? Buffer.from(part) : part);
	}

	decoder.flush();
	return inputs;
}

function names(inputs: readonly Input[]): string {
	return inputs
		.map((input) => (input.kind === 'key' ? input.name : input.kind === 'paste' ? `paste(${input.text})` : `${input.action}@${input.x},${input.y}`))
		.join(' ');
}

const reads = test.macro({
	exec: (t, bytes: string, expected: string) => t.is(names(decode(bytes)), expected),
	title: (_, bytes: string, expected: string) => `${JSON.stringify(bytes)} is ${expected}`,
});
test(reads, 'jjj', 'j j j');
test(reads, '\r\n\t \u007F\b', 'Enter Enter Tab Space Backspace Backspace');
test(reads, '\u0003\u000B\u001A\u001D', 'Ctrl-C Ctrl-K Ctrl-Z Ctrl-]');
test(reads, '\u001B[A\u001B[B\u001BOC\u001BOD', 'Up Down Right Left');
test(reads, '\u001B[1;5A\u001B[1;2D\u001B[5;3~', 'Ctrl-Up Shift-Left Alt-PageUp');
test(reads, '\u001BOP\u001B[11~\u001B[24~\u001B[H\u001B[4~\u001B[3~', 'F1 F1 F12 Home End Delete');
test(reads, '\u001B[Z', 'Shift-Tab');
test(reads, '\u001Bx', 'Alt-x');
test(reads, '\u001B', 'Escape');
test(reads, '\u001B\u001B[A', 'Escape Up');
test(reads, '\u001B[<64;10;5M\u001B[<65;10;5M\u001B[<0;1;1M\u001B[<0;1;1m\u001B[<32;3;4M', 'wheel-up@9,4 wheel-down@9,4 press@0,0 release@0,0 drag@2,3');
test(reads, '\u001B[200~a\r\nb\u001B[Ac\u001B[201~q', 'paste(a\r\nb\u001B[Ac) q');
test(reads, 'ä模🎉', 'ä 模 🎉');
test(reads, '\u001B[?62;22c\u001B[12;40R\u001B[1;2Rq', 'Shift-F3 q');
test(reads, '\u001B[1\u0003q', 'Ctrl-C q');

test('the stream means the same wherever it is cut', (t) => {
	const stream = Buffer.from('jä模🎉\u001B[A\u001B[1;5C\u001BOP\u001B[<64;10;5M\u001B[200~paste ü\u001B[201~\u001Bx\u0003\u001B[15~z');
	const whole = decode(stream);
	t.is(whole.length, 13);
	for (let at = 1; at < stream.length; at++) {
		t.deepEqual(decode(stream.subarray(0, at), stream.subarray(at)), whole, `cut at ${at}`);
	}

	t.deepEqual(decode(...Array.from(stream, (byte) => Uint8Array.of(byte))), whole, 'byte by byte');
});

test('an escape that nothing follows is the Escape key, after a moment', async (t) => {
	const name = await new Promise<string>((resolve) => {
		new Decoder((input) => resolve(input.kind === 'key' ? input.name : '')).write(Uint8Array.of(0x1b));
	});
	t.is(name, 'Escape');
});
