// What the name server at 127.0.0.11 answers: names and addresses of the container's own networks, as Docker's does. Nobody else is asked: the lab
// has no way out, so what is not known here does not exist. Pure; how a message looks is message.ts, who sent it server.ts.
import type {Answer} from 'dns-packet';
import type {NetworkNames} from '../../drivers/index.ts';
import {canonical, familyOf} from '../../model/address.ts';
import {rcodes, readQuery, writeAnswer, type Query, type Rcode, type Transport} from './message.ts';

/** Docker's own (libnetwork, resolver.go), in seconds. */
const ttl = 600;

/** What is known of a name. */
interface Found {
	readonly addresses: readonly string[];
	/** The name that an address has: "web.front". */
	readonly pointer: string | undefined;
}

/**
 * The answer to a message; undefined: it gets none. Never throws, whatever the bytes. `networks`: asked in this order, the first that knows what was
 * asked of a name answers: A and AAAA of one name may come from two networks.
 */
export function answerTo(message: Buffer, networks: readonly NetworkNames[], transport: Transport): Buffer | undefined {
	const query = readQuery(message);
	if (query === undefined) {
		return undefined;
	}

	const {rcode, answers} = decide(query, networks);
	return writeAnswer(query, rcode, answers, transport);
}

function decide({opcode, question, edns}: Query, networks: readonly NetworkNames[]): {readonly rcode: Rcode; readonly answers: readonly Answer[]} {
	if (opcode !== 0) {
		return {rcode: rcodes.kind, answers: []};
	}

	if (question === undefined) {
		return {rcode: rcodes.format, answers: []};
	}

	if (edns !== undefined && edns.version > 0) {
		return {rcode: rcodes.version, answers: []};
	}

	if (question.class !== 'IN') {
		return {rcode: rcodes.refused, answers: []};
	}

	const {name, type} = question;
	const found = lookUp(name.toLowerCase(), type, networks);
	return found === undefined ? {rcode: rcodes.noName, answers: []} : {rcode: rcodes.ok, answers: recordsOf(name, type, found)};
}

/** `name` in lower case. */
function lookUp(name: string, type: string, networks: readonly NetworkNames[]): Found | undefined {
	const address = reversed(name);
	let isKnown = false;
	for (const {entries, reverse} of networks) {
		const addresses = entries.get(name);
		const pointer = address === undefined ? undefined : reverse.get(address);
		isKnown ||= addresses !== undefined;
		if (pointer !== undefined || recordsOf(name, type, {addresses: addresses ?? [], pointer}).length > 0) {
			return {addresses: addresses ?? [], pointer};
		}
	}

	return isKnown ? {addresses: [], pointer: undefined} : undefined;
}

/** "3.0.18.172.in-addr.arpa" -> "172.18.0.3" (RFC 1035 3.5); 32 digits and ".ip6.arpa" -> "fd00:77::2" (RFC 3596 2.5). */
function reversed(name: string): string | undefined {
	const [v4, v6] = ['.in-addr.arpa', '.ip6.arpa'];
	if (name.endsWith(v4)) {
		return name.slice(0, -v4.length).split('.').toReversed().join('.');
	}

	const digits = name.endsWith(v6) ? name.slice(0, -v6.length) : '';
	return /^[\da-f](?:\.[\da-f]){31}$/.test(digits)
		? canonical(
				digits
					.split('.')
					.toReversed()
					.join('')
					.replaceAll(/.{4}(?=.)/g, '$&:'),
			)
		: undefined;
}

/** A name that is known but has nothing of that type has no answers, and exists all the same. */
function recordsOf(name: string, type: string, {addresses, pointer}: Found): readonly Answer[] {
	switch (type) {
		case 'A':
		case 'AAAA': {
			const family = type === 'A' ? 4 : 6;
			return addresses.filter((address) => familyOf(address) === family).map((data) => ({name, type, ttl, data}));
		}

		case 'PTR': {
			return pointer === undefined ? [] : [{name, type, ttl, data: pointer}];
		}

		default: {
			return [];
		}
	}
}
