// Rules as the kernel tells them, made into rules that it takes: counters, handles, and the protocol that it does not tell.
import test from 'ava';
import {nftCompare, nftCounter, nftMeta, nftPayload} from '../../src/kernel/netlink/nftables.ts';
import {Writer} from '../../src/kernel/netlink/writer.ts';
import {renewed} from '../../src/kernel/nft-expressions.ts';

function data(write: (out: Writer) => void): Buffer {
	const out = new Writer();
	write(out);
	return out.bytes.subarray(0, out.length);
}

const eight = (value: number): Buffer => Buffer.from([0, 0, 0, 0, 0, 0, 0, value]);
const counter = (count: number) => ({name: 'counter', data: data((out) => nftCounter.write(out, {bytes: eight(count), packets: eight(count)}))});
const meta = (key: number) => ({name: 'meta', data: data((out) => nftMeta.write(out, {key, register: 1}))});
const payload = (base: number, offset: number, length: number) => ({
	name: 'payload',
	data: data((out) => nftPayload.write(out, {register: 1, base, offset, length})),
});
const compare = (operator: number, ...bytes: readonly number[]) => ({
	name: 'cmp',
	data: data((out) => nftCompare.write(out, {register: 1, operator, data: {value: Buffer.from(bytes)}})),
});
const target = {name: 'target', data: Buffer.from('09000100444e415400000000', 'hex')};

test('what was counted is not told on, nor where the rule stood', (t) => {
	const rule = {table: 'nat', chain: 'OWN', handle: eight(7), position: eight(6), userdata: Buffer.from('hi'), expressions: [meta(6), counter(9)]};
	t.deepEqual(renewed(rule), {table: 'nat', chain: 'OWN', userdata: Buffer.from('hi'), expressions: [meta(6), counter(0)]});
});

const protocols = test.macro({
	exec(t, expressions: NonNullable<Parameters<typeof renewed>[0]['expressions']>, compat: unknown) {
		t.deepEqual(renewed({table: 'nat', chain: 'OWN', expressions})['compat'], compat);
	},
	title: (title = '') => `the protocol of a rule: ${title}`,
});
test('nothing of xtables in it', protocols, [meta(16), compare(0, 17), counter(0)], undefined);
test('by the kind of packet', protocols, [meta(16), compare(0, 17), target], {protocol: 17, flags: 0});
test('any but one', protocols, [meta(16), compare(1, 6), target], {protocol: 6, flags: 2});
test('by the header of IPv4, as older iptables asks', protocols, [payload(1, 9, 1), compare(0, 6), target], {protocol: 6, flags: 0});
test('other fields are none', protocols, [payload(1, 16, 4), compare(0, 127, 0, 0, 11), payload(2, 9, 1), compare(0, 3), meta(6), compare(0, 1), target], {
	protocol: 0,
	flags: 0,
});
test('a comparison that is cut off is none', protocols, [meta(16), {name: 'cmp', data: Buffer.alloc(2)}, meta(16), target], {protocol: 0, flags: 0});
