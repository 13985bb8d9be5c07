// Every rule that we make ourselves: it has words, and who looks at it finds the step that made it.
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {planLab} from '../../src/drivers/index.ts';
import {MadeBy} from '../../src/explain/made-by.ts';
import {explainRule} from '../../src/explain/rule.ts';
import {parseLab} from '../../src/model/parse.ts';
import {commandOf, whereOf} from '../../src/plan/words.ts';

for (const file of readdirSync(packageFile('scenarios')).filter((name) => name.endsWith('.veth.yaml'))) {
	test(`the rules of ${file} have words and a reason`, (t) => {
		const {lab} = parseLab(readFileSync(packageFile(`scenarios/${file}`), 'utf8'), {file, env: {}});
		const units = lab === undefined ? [] : planLab(lab).units;
		const ops = units.flatMap((unit) => unit.ops.map((op) => ({op, unit: unit.id})));
		const rules = ops.flatMap(({op}) => (op.do === 'rule.add' ? [op] : []));
		const chains = new Set(ops.flatMap(({op}) => (op.do === 'chain.add' ? [op.chain] : [])));
		const log = ops.map(({op, unit}, number) => ({
			number,
			atMs: number,
			unit,
			direction: 'do' as const,
			command: commandOf(op, 'ip').join('\n'),
			where: whereOf(op),
			why: op.why,
		}));
		const around = {isChain: (name: string) => chains.has(name), policy: undefined, names: () => undefined};
		t.deepEqual(
			rules.filter(({rule}) => explainRule({text: rule}, around) === undefined).map(({rule}) => rule),
			[],
		);
		const finders = new Map([...new Set(rules.map(({netns}) => netns))].map((netns) => [netns, new MadeBy(netns)]));
		t.deepEqual(
			rules
				.filter(({netns, family, table, chain, rule}) => finders.get(netns)?.of({family, table, chain, text: rule}, log) === undefined)
				.map(({rule}) => rule),
			[],
		);
		t.true(lab !== undefined && (rules.length > 0 || chains.size === 0));
	});
}
