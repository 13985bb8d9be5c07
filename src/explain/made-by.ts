// Which step of the command log made a rule that is there now, and so why it is there. Pure.
import type {OpLogEntry} from '../api/messages.ts';
import type {ObservedChain, ObservedRule} from '../model/observed.ts';

/** Finds the steps that made a node's rules; a log that has grown is read on from where it was, one with another beginning anew. */
export class MadeBy {
	readonly #node: string;
	readonly #steps = new Map<string, OpLogEntry>();
	#first: OpLogEntry | undefined;
	#read = 0;

	constructor(node: string) {
		this.#node = node;
	}

	/** The last step that made this rule; undefined: nobody of ours did, or it was taken back and somebody else made it again. */
	of(rule: Pick<ObservedRule, 'family' | 'table' | 'chain' | 'text'>, log: readonly OpLogEntry[]): OpLogEntry | undefined {
		this.#readOn(log);
		return this.#steps.get(`${rule.family} ${rule.table} ${rule.chain} ${rule.text}`);
	}

	/** The step that made this chain, or set its policy. */
	ofChain({family, table, chain}: Pick<ObservedChain, 'family' | 'table' | 'chain'>, log: readonly OpLogEntry[]): OpLogEntry | undefined {
		this.#readOn(log);
		return this.#steps.get(`${family} ${table} ${chain}`);
	}

	#readOn(log: readonly OpLogEntry[]): void {
		if (this.#first !== log[0]) {
			this.#first = log[0];
			this.#read = 0;
			this.#steps.clear();
		}

		for (; this.#read < log.length; this.#read++) {
			const entry = log[this.#read];
			if (entry?.where === this.#node) {
				this.#take(entry);
			}
		}
	}

	#take(entry: OpLogEntry): void {
		// rules of ours have no quotes in them: the shell's go
		const command = entry.command.replaceAll("'", '');
		const [, six = '', table = '', verb = '', chain = '', text = ''] = /^ip(6?)tables -t (\S+) -([AIDNXP]) (\S+)(?: \d+)?(?: (.+))?$/.exec(command) ?? [];
		const place = `${six === '6' ? 6 : 4} ${table} ${chain}`;
		const key = 'AID'.includes(verb) ? `${place} ${text}` : place;
		if (verb === 'D' || verb === 'X') {
			this.#steps.delete(key);
		} else if (verb !== '') {
			this.#steps.set(key, entry);
		}
	}
}

/** The rule as a command that makes it, for somebody's own shell. */
export function commandFor({family, table, chain, text}: Pick<ObservedRule, 'family' | 'table' | 'chain' | 'text'>): string {
	return `${family === 4 ? 'iptables' : 'ip6tables'} -t ${table} -A ${chain}${text === '' ? '' : ` ${text}`}`;
}
