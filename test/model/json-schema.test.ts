// The schema that editors use accepts what the parser accepts.
import {readdirSync, readFileSync} from 'node:fs';
import {Ajv} from 'ajv';
import test from 'ava';
import {parse} from 'yaml';
import {packageFile} from '../../src/base/paths.ts';
import {jsonSchema} from '../../src/model/json-schema.ts';

const examples = readdirSync(packageFile('scenarios')).filter((name) => name.endsWith('.yaml'));
const ajv = new Ajv({strict: false});

for (const file of examples) {
	test(`editors accept ${file}`, (t) => {
		const validate = ajv.compile(jsonSchema());
		t.true(validate(parse(readFileSync(packageFile(`scenarios/${file}`), 'utf8'))), JSON.stringify(validate.errors));
	});
}

test('editors see a mistyped key, a wrong word and two checks in one item', (t) => {
	const validate = ajv.compile(jsonSchema());
	t.false(validate({services: {web: {network_mod: 'bridge'}}}));
	t.false(validate({hosts: {h1: {docker: {engine: '29'}}}}));
	t.false(validate({expect: [{devs: {in: 'a', are: []}, reach: {from: 'a', to: 'b'}}]}));
	t.true(validate({services: {web: {network_mode: 'bridge', mem_limit: '1g', 'x-mine': 1}}}));
});

test('it is small enough to load with every keystroke', (t) => {
	t.true(JSON.stringify(jsonSchema()).length < 42_000);
});
