// A SYN is seen at one place after the other. Where its connection begins is known once it has been looked at.
import type {Interned} from './interned.ts';
import {header, type Outline} from './outline.ts';

export class LastSyn {
	#addresses: Interned | undefined;
	#source = 0;
	#destination = 0;
	#ports = 0;
	/** With the kind of the addresses. */
	#flags = 0;
	#sequence = 0;
	#acknowledged = 0;

	/** Takes the outline of a SYN; whether the one before was the same. Of two that are quoted that is never so: they begin nothing. */
	isAgain(outline: Outline): boolean {
		const {addresses, sequence, acknowledged} = outline;
		const last = Math.min(outline.packets, 2) - 1;
		const flags = outline.tcpFlags | ((outline.networks[last] ?? 0) << 16);
		const source = outline.sources[last] ?? 0;
		const destination = outline.destinations[last] ?? 0;
		const ports = ((outline.sourcePorts[last] ?? 0) << 16) | (outline.destinationPorts[last] ?? 0);
		if (!outline.isWhole || (outline.headers & (header.icmp | header.icmpv6)) !== 0) {
			return false;
		}

		const isAgain =
			this.#sequence === sequence &&
			this.#acknowledged === acknowledged &&
			this.#source === source &&
			this.#destination === destination &&
			this.#ports === ports &&
			this.#flags === flags &&
			this.#addresses === addresses;
		this.#addresses = addresses;
		this.#source = source;
		this.#destination = destination;
		this.#ports = ports;
		this.#flags = flags;
		this.#sequence = sequence;
		this.#acknowledged = acknowledged;
		return isAgain;
	}
}
