// A rule as the kernel tells it, made into one that it takes: what it keeps for itself and what it has counted left out, what it does not tell filled in. Pure.
import type {Values} from './netlink/codec.ts';
import {nftCompare, nftCounter, nftMeta, nftPayload, type nftRule} from './netlink/nftables.ts';
import {Writer} from './netlink/writer.ts';

type Rule = ReturnType<typeof nftRule.attributes.read>;
type Expression = NonNullable<Rule['expressions']>[number];

/** NFT_META_L4PROTO; NFT_PAYLOAD_NETWORK_HEADER and where IPv4's header has its protocol (linux/netfilter/nf_tables.h, RFC 791). */
const protocolKey = 16;
const networkHeader = 1;
const protocolOffset = 9;
/** NFT_RULE_COMPAT_F_INV. */
const inverted = 2;

/** The rule anew, with its counters at zero. */
export function renewed({handle: _handle, position: _position, ...rule}: Rule): Rule {
	const expressions = rule.expressions?.map((expression) => (expression.name === 'counter' ? {...expression, data: zeroCounter()} : expression)) ?? [];
	// matches and targets of xtables are checked against the rule's protocol, which the kernel takes but never tells
	const needsProtocol = expressions.some(({name}) => name === 'match' || name === 'target');
	const compat = needsProtocol ? protocolOf(expressions) : undefined;
	return {...rule, expressions, ...(compat !== undefined && {compat})};
}

function protocolOf(expressions: readonly Expression[]): Values<{}> & {readonly protocol: number; readonly flags: number} {
	for (const [index, {name, data}] of expressions.entries()) {
		const next = expressions[index + 1];
		if (data !== undefined && next?.name === 'cmp' && next.data !== undefined && isProtocol(name, data)) {
			const {operator, data: wanted} = nftCompare.read(next.data, 0, next.data.length);
			const [protocol] = wanted?.value ?? [];
			if (protocol !== undefined && wanted?.value?.length === 1) {
				return {protocol, flags: operator === 1 ? inverted : 0};
			}
		}
	}

	return {protocol: 0, flags: 0};
}

function isProtocol(name: string | undefined, data: Buffer): boolean {
	if (name === 'meta') {
		return nftMeta.read(data, 0, data.length).key === protocolKey;
	}

	const {base, offset, length} = name === 'payload' ? nftPayload.read(data, 0, data.length) : {};
	return base === networkHeader && offset === protocolOffset && length === 1;
}

function zeroCounter(): Buffer {
	const out = new Writer();
	const zero = Buffer.alloc(8);
	nftCounter.write(out, {bytes: zero, packets: zero});
	return out.bytes.subarray(0, out.length);
}
