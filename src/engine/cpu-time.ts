// How much processor time the engine has used, its finished children included.
import {readFileSync} from 'node:fs';

/** User and system time of this process and the children it has waited for, in milliseconds (proc_pid_stat(5), fields 14 to 17, ticks of 10 ms). */
export function cpuMs(): number {
	const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
	return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}
