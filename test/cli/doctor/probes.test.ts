import test from 'ava';
import {features} from '../../../src/cli/doctor/features.ts';
import {probe} from '../../../src/cli/doctor/probes.ts';
import {lacks} from '../../needs.ts';

test('every feature, program and limit has a finding, and whatever is not fine has a way out', async (t) => {
	const findings = await probe();
	const names = findings.map(({name}) => name);
	t.is(new Set(names).size, names.length);
	for (const name of ['node', 'native parts', 'libpcap', 'crun', 'open files', 'cgroups', ...Object.keys(features).map((feature) => `kernel: ${feature}`)]) {
		t.true(names.includes(name), name);
	}

	for (const {name, level, detail, neededFor, fix} of findings) {
		t.not(detail, '', `${name} says what was seen`);
		t.not(neededFor, '', `${name} says what it is for`);
		t.true(level === 'ok' || fix !== undefined, `${name} says how to mend it`);
	}
});

test('what doctor says of the kernel is what a test that needs it finds', async (t) => {
	const findings = await probe();
	for (const name of ['bridge', 'macvlan', 'ipvlan', 'netem'] as const) {
		const works = findings.find((finding) => finding.name === `kernel: ${name}`)?.level === 'ok';
		t.is(lacks(name) === undefined, works, name);
	}
});

test('a machine without the programs of /usr/bin is reported, not an error', async (t) => {
	const findings = await probe({PATH: '/nonexistent'});
	t.true(findings.length > 20);
});
