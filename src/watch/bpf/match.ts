// Runs a capture filter as the kernel would: classic BPF (McCanne, Jacobson 1993; linux/filter.h, linux/bpf_common.h), over a frame that was captured
// already. Whatever the program, it ends, and reads nothing but the frame: jumps go forward only, and a load beyond the end ends it with no.
import type {Buffer} from 'node:buffer';

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k, in the machine's byte order. */
const instructionBytes = 8;
/** BPF_MEMWORDS */
const cells = 16;

const classes = {load: 0, loadX: 1, store: 2, storeX: 3, compute: 4, jump: 5, end: 6, move: 7} as const;
/** BPF_SIZE: bytes that are loaded. */
const sizes: Readonly<Record<number, number>> = {0x00: 4, 0x08: 2, 0x10: 1};
/** BPF_MODE */
const modes = {immediate: 0x00, absolute: 0x20, indirect: 0x40, cell: 0x60, length: 0x80, headerLength: 0xa0} as const;

/** A program that libpcap made for Ethernet frames. */
export class Bpf {
	readonly #words: Uint32Array;

	constructor(program: Uint8Array) {
		this.#words = new Uint32Array(Uint8Array.from(program).buffer, 0, (program.length / instructionBytes) * 2);
	}

	/** Whether it lets the frame through, which had `wireBytes` before it was cut. */
	matches(frame: Buffer, wireBytes: number): boolean {
		const words = this.#words;
		const run = new Run(frame, wireBytes);
		for (let at = 0; at < words.length; at += 2) {
			const head = words[at] ?? 0;
			const [code, k] = [head & 0xff_ff, words[at + 1] ?? 0];
			switch (code & 7) {
				case classes.end: {
					return (code & 0x18 ? run.a : k) !== 0;
				}

				case classes.jump: {
					const isTaken = (code & 0xf0) === 0 || holds(code & 0xf0, run.a, run.operand(code, k));
					const ahead = (code & 0xf0) === 0 ? k : isTaken ? (head >>> 16) & 0xff : head >>> 24;
					at += ahead * 2;
					break;
				}

				default: {
					if (!run.step(code, k)) {
						return false;
					}
				}
			}
		}

		return false;
	}
}

/** BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET */
function holds(operation: number, a: number, b: number): boolean {
	switch (operation) {
		case 0x10: {
			return a === b;
		}

		case 0x20: {
			return a > b;
		}

		case 0x30: {
			return a >= b;
		}

		default: {
			return (a & b) !== 0;
		}
	}
}

/** The registers of a run, all of 32 bits without a sign. */
class Run {
	a = 0;
	#x = 0;
	readonly #frame: Buffer;
	readonly #wireBytes: number;
	readonly #cells = new Uint32Array(cells);

	constructor(frame: Buffer, wireBytes: number) {
		this.#frame = frame;
		this.#wireBytes = wireBytes;
	}

	/** What an instruction calculates or compares with. */
	operand(code: number, k: number): number {
		return (code & 8) === 0 ? k : this.#x;
	}

	/** False: the program ends here. */
	step(code: number, k: number): boolean {
		switch (code & 7) {
			case classes.load:
			case classes.loadX: {
				const value = this.#load(code, k);
				if (value === undefined) {
					return false;
				}

				if ((code & 7) === classes.load) {
					this.a = value;
				} else {
					this.#x = value;
				}

				return true;
			}

			case classes.store: {
				this.#cells[k] = this.a;
				return true;
			}

			case classes.storeX: {
				this.#cells[k] = this.#x;
				return true;
			}

			case classes.compute: {
				return this.#compute(code & 0xf0, this.operand(code, k));
			}

			default: {
				// BPF_TXA, else BPF_TAX
				if (code & 0x80) {
					this.a = this.#x;
				} else {
					this.#x = this.a;
				}

				return true;
			}
		}
	}

	#load(code: number, k: number): number | undefined {
		const bytes = sizes[code & 0x18] ?? 4;
		switch (code & 0xe0) {
			case modes.immediate: {
				return k;
			}

			case modes.absolute: {
				return this.#read(k, bytes);
			}

			case modes.indirect: {
				return this.#read(this.#x + k, bytes);
			}

			case modes.cell: {
				return this.#cells[k] ?? 0;
			}

			case modes.length: {
				return this.#wireBytes;
			}

			default: {
				// the length of an IPv4 header: four times the lower half of its first byte
				const first = this.#read(k, 1);
				return first === undefined ? undefined : (first & 15) * 4;
			}
		}
	}

	#read(at: number, bytes: number): number | undefined {
		return at + bytes > this.#frame.length ? undefined : this.#frame.readUIntBE(at, bytes);
	}

	/** False: a division by zero. */
	#compute(operation: number, by: number): boolean {
		const value = computed(operation, this.a, by);
		this.a = (value ?? 0) >>> 0;
		return value !== undefined;
	}
}

/** BPF_ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR; the result may have more than 32 bits, or a sign. */
function computed(operation: number, a: number, b: number): number | undefined {
	switch (operation) {
		case 0x00: {
			return a + b;
		}

		case 0x10: {
			return a - b;
		}

		case 0x20: {
			return Math.imul(a, b);
		}

		case 0x30: {
			return b === 0 ? undefined : Math.floor(a / b);
		}

		case 0x40: {
			return a | b;
		}

		case 0x50: {
			return a & b;
		}

		case 0x60: {
			return b > 31 ? 0 : a << b;
		}

		case 0x70: {
			return b > 31 ? 0 : a >>> b;
		}

		case 0x80: {
			return -a;
		}

		case 0x90: {
			return b === 0 ? undefined : a % b;
		}

		default: {
			return a ^ b;
		}
	}
}
