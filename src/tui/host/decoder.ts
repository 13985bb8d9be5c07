// Bytes from a terminal -> keys, mouse and paste; one event per character, however the bytes were cut. Says nothing of what a key does.
// Sequences: ECMA-48 CSI, xterm's ctlseqs (modifiers 1;n, SGR mouse mode 1006, bracketed paste mode 2004).
import {StringDecoder} from 'node:string_decoder';

export type Input =
	/** `name`: the character itself, or Enter, Escape, Up, F1, Space, Ctrl-K, Alt-x, Shift-Tab. */
	| {readonly kind: 'key'; readonly name: string; readonly text: string}
	| {readonly kind: 'paste'; readonly text: string}
	/** Cells count from 0. */
	| {readonly kind: 'mouse'; readonly action: 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down'; readonly x: number; readonly y: number};

const finals: Readonly<Record<string, string>> = {
	A: 'Up',
	B: 'Down',
	C: 'Right',
	D: 'Left',
	F: 'End',
	H: 'Home',
	P: 'F1',
	Q: 'F2',
	R: 'F3',
	S: 'F4',
	Z: 'Shift-Tab',
};
const tildes: Readonly<Record<string, string>> = {
	1: 'Home',
	2: 'Insert',
	3: 'Delete',
	4: 'End',
	5: 'PageUp',
	6: 'PageDown',
	7: 'Home',
	8: 'End',
	11: 'F1',
	12: 'F2',
	13: 'F3',
	14: 'F4',
	15: 'F5',
	17: 'F6',
	18: 'F7',
	19: 'F8',
	20: 'F9',
	21: 'F10',
	23: 'F11',
	24: 'F12',
};
const pasteEnd = '\u001B[201~';

export class Decoder {
	readonly #emit: (input: Input) => void;
	readonly #utf8 = new StringDecoder('utf8');
	#rest = '';
	#timer: NodeJS.Timeout | undefined;

	constructor(emit: (input: Input) => void) {
		this.#emit = emit;
	}

	/** Takes any part of the stream. An escape that nothing follows within 25 ms is the Escape key. */
	write(bytes: Uint8Array): void {
		clearTimeout(this.#timer);
		this.#rest += this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
		this.#take();
		if (this.#rest !== '' && !this.#rest.startsWith('\u001B[200~')) {
			this.#timer = setTimeout(() => this.flush(), 25);
		}
	}

	/** What is left is not the beginning of a sequence after all. */
	flush(): void {
		clearTimeout(this.#timer);
		const left = this.#rest;
		this.#rest = '';
		if (left === '') {
			return;
		}

		this.#key('Escape', '');
		if (left.length > 1 && !left.startsWith('\u001B[')) {
			this.#rest = left.slice(1);
			this.#take();
		}
	}

	#take(): void {
		while (this.#rest !== '') {
			const length = this.#rest.startsWith('\u001B') ? this.#escape() : this.#character();
			if (length === 0) {
				return;
			}

			this.#rest = this.#rest.slice(length);
		}
	}

	/** One character that is no escape; returns how much it took. */
	#character(): number {
		const point = this.#rest.codePointAt(0) ?? 0;
		const character = String.fromCodePoint(point);
		this.#key(nameOf(character, point), point >= 0x20 && point !== 0x7f ? character : '');
		return character.length;
	}

	/** One escape sequence; returns 0 while it is not complete. */
	#escape(): number {
		const text = this.#rest;
		if (text.startsWith('\u001B[200~')) {
			const end = text.indexOf(pasteEnd);
			if (end < 0) {
				return 0;
			}

			this.#emit({kind: 'paste', text: text.slice(6, end)});
			return end + pasteEnd.length;
		}

		const second = text[1];
		if (second === undefined) {
			return 0;
		}

		if (second === '[') {
			return this.#csi();
		}

		if (second === 'O') {
			const final = text[2];
			if (final !== undefined) {
				this.#key(finals[final] ?? `Alt-O`, '');
			}

			return final === undefined ? 0 : 3;
		}

		if (second === '\u001B') {
			this.#key('Escape', '');
			return 1;
		}

		const point = text.codePointAt(1) ?? 0;
		const character = String.fromCodePoint(point);
		this.#key(`Alt-${nameOf(character, point)}`, '');
		return 1 + character.length;
	}

	#csi(): number {
		const match = /^\u001B\[([0-?]*)[ -/]*([@-~])/.exec(this.#rest);
		if (match === null) {
			// A byte that no sequence may contain ends it: it is dropped, that byte is a key of its own.
			const broken = /^\u001B\[[0-?]*[ -/]*[^ -~]/.exec(this.#rest);
			return broken === null ? 0 : broken[0].length - 1;
		}

		const [whole, parameters = '', final = ''] = match;
		if (parameters.startsWith('<')) {
			this.#mouse(parameters.slice(1), final);
			return whole.length;
		}

		const [first = '', modifier = '1'] = parameters.split(';');
		// Letters count only as xterm sends them, so that a cursor report (row;column R) is no F3.
		const name = final === '~' ? tildes[first] : first === '' || first === '1' ? finals[final] : undefined;
		if (name !== undefined) {
			this.#key(modified(name, Number(modifier)), '');
		}

		return whole.length;
	}

	#mouse(parameters: string, final: string): void {
		const [button = 0, column = 1, row = 1] = parameters.split(';').map(Number);
		const at = {x: column - 1, y: row - 1};
		if ((button & 64) !== 0) {
			this.#emit({kind: 'mouse', action: (button & 1) === 0 ? 'wheel-up' : 'wheel-down', ...at});
		} else {
			this.#emit({kind: 'mouse', action: final === 'm' ? 'release' : (button & 32) === 0 ? 'press' : 'drag', ...at});
		}
	}

	#key(name: string, text: string): void {
		this.#emit({kind: 'key', name, text});
	}
}

/** xterm's modifier parameter is 1 + (1 Shift, 2 Alt, 4 Ctrl). */
function modified(name: string, parameter: number): string {
	const bits = Number.isInteger(parameter) && parameter > 0 ? parameter - 1 : 0;
	return `${(bits & 4) === 0 ? '' : 'Ctrl-'}${(bits & 2) === 0 ? '' : 'Alt-'}${(bits & 1) === 0 ? '' : 'Shift-'}${name}`;
}

function nameOf(character: string, point: number): string {
	if (point >= 0x20 && point !== 0x7f) {
		return character === ' ' ? 'Space' : character;
	}

	const named: Readonly<Record<number, string>> = {
		0: 'Ctrl-Space',
		8: 'Backspace',
		9: 'Tab',
		10: 'Enter',
		13: 'Enter',
		127: 'Backspace',
		28: 'Ctrl-\\',
		29: 'Ctrl-]',
		30: 'Ctrl-^',
		31: 'Ctrl-_',
	};
	return named[point] ?? `Ctrl-${String.fromCharCode(point + 64)}`;
}
