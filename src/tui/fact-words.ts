// How addresses stand in facts: IPv4, and IPv6 where there is some.
import type {InterfaceView, PublishedView} from '../api/messages.ts';
import type {Fact} from './facts.ts';

/** "192.168.50.10/24", "192.168.50.10/24 fd00:50::10/64" */
export function addresses({address, address6}: Pick<InterfaceView, 'address' | 'address6'>): string {
	return [address, address6].filter((one) => one !== undefined).join(' ') || 'no address';
}

/** Nothing where there is no IPv6. */
export function fact6(label: string, value: string | undefined): readonly Fact[] {
	return value === undefined ? [] : [{label, value}];
}

/** `0.0.0.0:8080`, `[::]:8080` */
export function authority({hostAddress, hostPort}: PublishedView): string {
	return `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
}
