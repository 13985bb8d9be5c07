// Says what is being done and for how long: on a terminal one line that counts the seconds, elsewhere a line at the start and one at the end.

/**
 * @template T
 * @param {{terminal: boolean, say: (text: string) => void}} machine
 * @param {string} doing "node modules: npm ci"
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function showing(machine, doing, body) {
	const started = Date.now();
	const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
	const line = machine.terminal ? () => machine.say(`\r\u001B[Kvethlab: ${doing} … ${seconds()} s`) : () => machine.say(`vethlab: ${doing} …\n`);
	line();
	const ticking = machine.terminal ? setInterval(line, 200) : undefined;
	try {
		const result = await body();
		machine.say(`${machine.terminal ? '\r\u001B[K' : ''}vethlab: ${doing}: done in ${seconds()} s\n`);
		return result;
	} catch (error) {
		machine.say(machine.terminal ? '\r\u001B[K' : '');
		throw error;
	} finally {
		clearInterval(ticking);
	}
}
