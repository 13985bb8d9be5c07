// The table of commands, in the order in which `vethlab help` shows them.
import type {Command} from 'commander';
import type {Io} from '../command.ts';
import {act} from './act.ts';
import {bench} from './bench.ts';
import {capture} from './capture.ts';
import {check} from './check.ts';
import {conntrack} from './conntrack.ts';
import {doctor} from './doctor.ts';
import {down} from './down.ts';
import {exec} from './exec.ts';
import {logs} from './logs.ts';
import {ls} from './ls.ts';
import {networks} from './networks.ts';
import {plan} from './plan.ts';
import {ports} from './ports.ts';
import {ps} from './ps.ts';
import {rules} from './rules.ts';
import {schema} from './schema.ts';
import {test} from './test.ts';
import {up} from './up.ts';

export const commands: readonly ((program: Command, io: Io) => void)[] = [
	up,
	down,
	ls,
	ps,
	networks,
	ports,
	rules,
	exec,
	logs,
	capture,
	conntrack,
	act,
	check,
	plan,
	test,
	schema,
	doctor,
	bench,
];
