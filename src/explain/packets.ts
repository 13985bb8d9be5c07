// Which packets a rule is about, as a phrase. The parts come from matches.ts in whatever order the rule has them; here they find their place in the sentence.

/** One thing that a rule asks, for its place in the phrase. */
export type Part =
	/** "tcp"; "packets that are not tcp" when turned round. */
	| {readonly is: 'protocol'; readonly text: string; readonly isNot: boolean}
	| {readonly is: 'address' | 'port'; readonly end: 'from' | 'to'; readonly text: string; readonly isNot: boolean}
	| {readonly is: 'interface'; readonly way: 'in' | 'out'; readonly text: string; readonly isNot: boolean}
	/** Said as it is: "to an address of this host". */
	| {readonly is: 'said'; readonly text: string}
	/** What a person wrote at the rule. */
	| {readonly is: 'comment'; readonly text: string};

/** "tcp to 172.17.0.2 port 80, in by any but docker0, out by docker0"; '' when a rule asks nothing. */
export function phrase(parts: readonly Part[]): string {
	const comments = parts.flatMap((part) => (part.is === 'comment' ? [`"${part.text}"`] : []));
	const asked = parts.filter(({is}) => is !== 'comment');
	const ends = [end(asked, 'from'), end(asked, 'to')].filter((text) => text !== '').join(' ');
	const others = [...interfaces(asked), ...asked.flatMap((part) => (part.is === 'said' ? [part.text] : []))];
	const isBare = ends === '' && others.length > 0;
	// "packets to an address of this host", and not "packets, to an address …"
	const first = isBare ? `${subject(asked)} ${others[0] ?? ''}` : `${subject(asked)}${ends === '' ? '' : ` ${ends}`}`;
	const all = asked.length === 0 ? [] : [first, ...(isBare ? others.slice(1) : others)];
	return [...all, ...comments].join(', ');
}

function subject(parts: readonly Part[]): string {
	const protocol = parts.find((part) => part.is === 'protocol');
	return protocol === undefined ? 'packets' : protocol.isNot ? `packets that are not ${protocol.text}` : protocol.text;
}

function end(parts: readonly Part[], word: 'from' | 'to'): string {
	const address = parts.find((part) => part.is === 'address' && part.end === word);
	const port = parts.find((part) => part.is === 'port' && part.end === word);
	const where = address?.is === 'address' ? (address.isNot ? `any but ${address.text}` : address.text) : '';
	const ports = port?.is === 'port' ? portText(port.text, port.isNot) : '';
	if (where === '') {
		return ports === '' ? '' : `${word} ${ports}`;
	}

	return ports === '' ? `${word} ${where}` : address?.is === 'address' && address.isNot ? `${word} ${ports} of ${where}` : `${word} ${where} ${ports}`;
}

function portText(text: string, isNot: boolean): string {
	const noun = /[-,]/.test(text) ? 'ports' : 'port';
	return isNot ? `any port but ${text}` : `${noun} ${text}`;
}

function interfaces(parts: readonly Part[]): readonly string[] {
	const of = (way: 'in' | 'out') => parts.find((part) => part.is === 'interface' && part.way === way);
	const [into, out] = [of('in'), of('out')];
	if (into?.is === 'interface' && out?.is === 'interface' && into.text === out.text && !into.isNot && !out.isNot) {
		return [`in and out by ${into.text}`];
	}

	return [into, out].flatMap((one) => (one?.is === 'interface' ? [`${one.way} by ${one.isNot ? 'any but ' : ''}${one.text}`] : []));
}
