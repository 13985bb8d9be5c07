// A machine and a checkout for the tests of the set-up: nothing is installed, every command is only written down.
import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Ended, Machine} from '../../src/setup/machine.mjs';

export interface Fake extends Machine {
	/** The commands that were run, and "hand: …" for those that got the terminal. */
	readonly ran: string[];
	readonly said: string[];
	/** Programs and libraries that are there. */
	readonly has: Set<string>;
}

interface Wishes {
	readonly root?: string;
	readonly uid?: number;
	readonly terminal?: boolean;
	readonly node?: string;
	readonly lacks?: readonly string[];
	/** Answers a command; undefined: it went well and said nothing. */
	readonly answer?: (command: string, fake: Fake) => Partial<Ended> | undefined;
}

const everything = 'apt-get g++ make libc.a unshare crun iptables-nft-restore ip newuidmap ps brctl ifconfig ping tcpdump libpcap.so.0.8 conntrack sudo'.split(
	' ',
);

export function fakeMachine({root = '/nowhere', uid = 0, terminal = false, node = '20.19.0', lacks = [], answer}: Wishes = {}): Fake {
	const fake: Fake = {
		root,
		uid,
		terminal,
		node,
		ran: [],
		said: [],
		has: new Set(everything.filter((name) => !lacks.includes(name))),
		hasProgram: (name) => fake.has.has(name),
		hasLibrary: (name) => fake.has.has(name),
		run: (command) => {
			fake.ran.push(command.join(' '));
			return Promise.resolve({code: 0, output: '', ...answer?.(command.join(' '), fake)});
		},
		hand: (command) => {
			fake.ran.push(`hand: ${command.join(' ')}`);
			return Promise.resolve(answer?.(`hand: ${command.join(' ')}`, fake)?.code ?? 0);
		},
		say: (text) => void fake.said.push(text),
	};
	return fake;
}

/** A folder of the test's own with these files (name to text); it goes with the test. */
export function checkout(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
	const root = mkdtempSync(join(tmpdir(), 'vethlab-setup-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, name)), {recursive: true});
		writeFileSync(join(root, name), text);
	}

	return root;
}

/** Sets a file's time to `seconds` after the epoch. */
export function touch(root: string, name: string, seconds: number): void {
	utimesSync(join(root, name), seconds, seconds);
}
