import test from 'ava';
import {exitOf, reportOf} from '../../../src/cli/doctor/report.ts';
import type {Finding} from '../../../src/cli/doctor/finding.ts';

const works: Finding = {name: 'node', level: 'ok', detail: '20.20.2', neededFor: 'vethlab itself'};
const limited: Finding = {name: 'kernel: macvlan', level: 'limited', detail: 'Error: Unknown device type.', neededFor: 'mode macvlan', fix: 'modprobe macvlan'};
const missing: Finding = {name: 'crun', level: 'missing', detail: 'not installed', neededFor: 'containers', fix: 'apt-get install crun'};

test('trouble comes first, each with what mends it, in aligned columns', (t) => {
	t.is(
		reportOf([works, limited, missing]),
		`Missing: no lab runs without these
  ✘ crun             not installed                containers
                     to mend it: apt-get install crun

Limited: labs run, but not what needs these
  ! kernel: macvlan  Error: Unknown device type.  mode macvlan
                     to mend it: modprobe macvlan

Works
  ✔ node             20.20.2                      vethlab itself

This machine cannot run labs yet: crun.`,
	);
});

test('a group without findings is not printed', (t) => {
	t.is(
		reportOf([works]),
		`Works
  ✔ node  20.20.2  vethlab itself

This machine can run labs.`,
	);
});

test('only what is essential makes the exit code 3', (t) => {
	t.is(exitOf([works, limited]), 0);
	t.is(exitOf([works, limited, missing]), 3);
});
