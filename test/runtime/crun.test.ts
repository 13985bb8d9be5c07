import {Buffer} from 'node:buffer';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {standsIn} from '../../src/runtime/crun.ts';
import {findProgram} from '../../src/runtime/programs.ts';
import {needs} from '../needs.ts';

const file = packageFile('native/build/no-systemd.so');
const library = readFileSync(file);
const linked = (...names: readonly string[]) => Buffer.from(['\u007FELF', ...names, ''].join('\0'));

test('libsystemd is stood in for where all that is asked of it is there', (t) => {
	t.true(standsIn(library, linked('libsystemd.so.0', 'libc.so.6', 'sd_notify', 'sd_bus_call')));
	t.true(standsIn(library, linked('sd_notify', 'libsystemd.so.0')));
	t.false(standsIn(library, linked('libsystemd.so.0', 'sd_notify', 'sd_bus_of_tomorrow')), 'a newer crun');
	t.false(standsIn(library, linked('libsystemd.so.0', 'sd_bus')), 'a part of a name');
	t.false(standsIn(library, linked('libc.so.6')), 'it does not need it');
	t.false(standsIn(library, linked('libsystemd.so.1', 'sd_notify')));
	t.false(standsIn(library, Buffer.from('#!/bin/sh\nexec crun "$@"\n')));
});

needs('crun')('crun starts with the stand-in instead of libsystemd and what that brings', (t) => {
	const crun = findProgram('crun');
	const loads = (env: Readonly<Record<string, string>>) =>
		execFileSync(crun, ['--version'], {encoding: 'utf8', env: {...env, LD_TRACE_LOADED_OBJECTS: '1'}})
			.split('\n')
			.flatMap((line) => /(?:^|\/|\t)([\w.+-]+)\.so[.\d]*(?: |$)/.exec(line)?.[1] ?? []);
	const all = new Set(loads({}));
	if (!standsIn(library, readFileSync(crun))) {
		t.false(all.has('libsystemd'), 'every crun of today that is linked with libsystemd is known');
		return;
	}

	const fewer = loads({LD_PRELOAD: file});
	t.true(all.has('libsystemd') && fewer.includes('no-systemd') && !fewer.includes('libsystemd'));
	t.true(fewer.length < all.size);
	t.regex(execFileSync(crun, ['--version'], {encoding: 'utf8', env: {LD_PRELOAD: file}}), /^crun version /);
});
