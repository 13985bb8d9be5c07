// Iptables chains and rules as rows of a table: text with {placeholders}, filled in for one bridge, container or port. Not which rows
// there are (engine-28.ts and its brothers).
import type {Family, Op, Table} from '../plan/op.ts';

/**
 * What may hold of an engine, a bridge, a published port or a table's family; a row can ask for some. `docker0`: the engine's own bridge. Of a bridge's
 * gateway mode: `nat` or `routed`, and `protected` or `unprotected`.
 */
export type Condition =
	| 'ipv4'
	| 'ipv6'
	| 'proxy'
	| 'no-proxy'
	| 'icc'
	| 'no-icc'
	| 'masquerade'
	| 'docker0'
	| 'loopback'
	| 'nat'
	| 'routed'
	| 'protected'
	| 'unprotected';

interface RowBase {
	readonly table: Table;
	readonly chain: string;
	/** As in Op; placeholders are filled in here too. */
	readonly why: string;
}

export type Row = (RowBase & {readonly make: 'chain'}) | RuleRow;

export interface RuleRow extends RowBase {
	readonly make: 'rule';
	/** As iptables-save prints it after `-A CHAIN`, so that plans and dumps compare as text. */
	readonly rule: string;
	/** At the top of the chain. */
	readonly insert?: true;
	/** All of them must hold. */
	readonly when?: readonly Condition[];
	/** Only once for each port of a container, however many host ports lead to it. */
	readonly once?: true;
	/** Of a bridge's rules: in both families, also where it has no addresses of one. */
	readonly everyFamily?: true;
}

export interface RowPlace {
	readonly netns: string;
	readonly family: Family;
	/** Placeholder -> text. */
	readonly values: Readonly<Record<string, string>>;
	readonly holds: ReadonlySet<Condition>;
	/** Chain -> how many rules at its top stay there: what is inserted comes below them. */
	readonly top?: Readonly<Record<string, number>>;
}

export function opsOfRows(rows: readonly Row[], place: RowPlace): readonly Op[] {
	return rows.flatMap((row): Op[] => {
		const {netns, family, values} = place;
		const at = {netns, family, table: row.table, chain: row.chain, why: fill(row.why, values)};
		if (row.make === 'chain') {
			return [{do: 'chain.add', ...at}];
		}

		const above = place.top?.[row.chain] ?? 0;
		const where = row.insert === true ? {insert: true, ...(above > 0 && {number: above + 1})} : {};
		return row.when?.every((condition) => place.holds.has(condition)) === false ? [] : [{do: 'rule.add', ...at, rule: fill(row.rule, values), ...where}];
	});
}

/** Puts values in place of `{name}`. A name without a value is a mistake in the table. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
	return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
		const value = values[name];
		if (value === undefined) {
			throw new Error(`"${text}" has no value for {${name}}`);
		}

		return value;
	});
}
