// Real messages, read, compared and written back byte for byte. A fixture is hex with comments, `---`, and the meaning as JSON; the word before
// the first dash of its name is its family. A family without a fixture is a failure.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import {addr} from '../../../src/kernel/netlink/addr.ts';
import type {Table} from '../../../src/kernel/netlink/codec.ts';
import type {Fixed} from '../../../src/kernel/netlink/values.ts';
import {Writer} from '../../../src/kernel/netlink/writer.ts';
import {conntrack} from '../../../src/kernel/netlink/conntrack.ts';
import {link} from '../../../src/kernel/netlink/link.ts';
import {readAnswer, readBody, readMessages, writeMessage, type Format, type Message} from '../../../src/kernel/netlink/message.ts';
import {neigh} from '../../../src/kernel/netlink/neigh.ts';
import {nftChain, nftGeneration, nftRule, nftTable} from '../../../src/kernel/netlink/nftables.ts';
import {route} from '../../../src/kernel/netlink/route.ts';
import {socket} from '../../../src/kernel/netlink/sockdiag.ts';

interface Reading {
	readonly meaning: unknown;
	/** The message as we write what we read; undefined for what only the kernel writes. */
	readonly written: Buffer | undefined;
}

type Family = (bytes: Buffer, message: Message) => Reading;

function both<Header extends Readonly<Record<string, readonly [number, Fixed<unknown>]>>, Rows extends Table>(format: Format<Header, Rows>): Family {
	return (bytes, message) => {
		const body = readBody(bytes, message, format);
		const head = {type: message.type, flags: message.flags, seq: message.seq};
		const out = new Writer();
		if (body !== undefined) {
			writeMessage(out, head, format, body);
		}

		return {meaning: {head, ...body}, written: out.bytes.subarray(0, out.length)};
	};
}

const families: Readonly<Record<string, Family>> = {
	link: both(link),
	addr: both(addr),
	route: both(route),
	neigh: both(neigh),
	conntrack: both(conntrack),
	sockdiag: both(socket),
	nfttable: both(nftTable),
	nftchain: both(nftChain),
	nftrule: both(nftRule),
	nftgeneration: both(nftGeneration),
	answer: (bytes, message) => ({meaning: readAnswer(bytes, message), written: undefined}),
};

const folder = packageFile('test/fixtures/netlink');
const names = readdirSync(folder).map((file) => file.replace(/\.txt$/, ''));

for (const name of names) {
	test(`the message ${name} is read and written as it is`, (t) => {
		const [, json = ''] = readFileSync(join(folder, `${name}.txt`), 'utf8').split('---\n');
		const bytes = bytesOf(name);
		const [message, ...others] = readMessages(bytes);
		const family = families[name.split('-')[0] ?? ''];
		if (message === undefined || family === undefined) {
			t.fail('no message, or no such family');
			return;
		}

		t.deepEqual(others, []);
		const {meaning, written} = family(bytes, message);
		t.deepEqual(plain(meaning), JSON.parse(json));
		if (written !== undefined) {
			t.is(written.toString('hex'), bytes.toString('hex'));
		}
	});
}

test('every family has a fixture', (t) => {
	t.deepEqual(
		Object.keys(families).filter((family) => !names.some((name) => name.startsWith(`${family}-`))),
		[],
	);
});

test('what is cut short or spoiled is read and written without throwing', (t) => {
	for (const name of names) {
		const family = families[name.split('-')[0] ?? ''];
		const whole = bytesOf(name);
		for (const spoiled of [...cuts(whole), ...flips(whole)]) {
			for (const message of readMessages(spoiled)) {
				const reading = family?.(spoiled, message);
				t.truthy(reading, name);
			}
		}
	}
});

/** The message cut after each byte, with a length that fits, so that its attributes are what is torn. */
function cuts(whole: Buffer): readonly Buffer[] {
	return Array.from({length: whole.length - 16}, (_, index) => {
		const cut = Buffer.from(whole.subarray(0, index + 16));
		cut.writeUInt32LE(cut.length, 0);
		return cut;
	});
}

/** The message with one byte after its header turned into 0, 1 or 255: lengths, numbers and values alike. */
function flips(whole: Buffer): readonly Buffer[] {
	return Array.from({length: whole.length - 16}, (_, index) =>
		[0, 1, 255].map((byte) => {
			const flipped = Buffer.from(whole);
			flipped[index + 16] = byte;
			return flipped;
		}),
	).flat();
}

function bytesOf(name: string): Buffer {
	const [hex = ''] = readFileSync(join(folder, `${name}.txt`), 'utf8').split('---\n');
	return Buffer.from(hex.replaceAll(/#.*|\s/g, ''), 'hex');
}

/** What JSON can say: bytes as hex, big numbers as text, nothing for what is undefined. */
function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(hexed(value)));
}

function hexed(value: unknown): unknown {
	if (Buffer.isBuffer(value)) {
		return value.toString('hex');
	}

	if (typeof value === 'bigint') {
		return String(value);
	}

	if (Array.isArray(value)) {
		return value.map((item) => hexed(item));
	}

	return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hexed(item)])) : value;
}
