// What a driver is: one network mode, planned. `plan` says which ops give a container its network; starting its process is the same
// for all modes (container-start.ts). To add a mode: a member of Attachment, a file here, a line in index.ts.
import type {Attachment, DockerEngine, Host, Lab, Mode, Service} from '../model/lab.ts';
import type {NetnsName, Op} from '../plan/op.ts';
import type {Lease} from './allocations.ts';
import type {Ledger} from './ledger.ts';
import type {Profile} from './profile.ts';

export type AttachmentOf<M extends Mode> = Extract<Attachment, {readonly mode: M}>;

/** All that a driver may look at. */
export interface Site {
	readonly lab: Lab;
	readonly host: Host;
	readonly engine: DockerEngine;
	readonly profile: Profile;
	readonly service: Service;
	readonly ledger: Ledger;
	/** How often the container was started before. */
	readonly start: number;
}

/** A container's network, planned. */
export interface Wiring {
	readonly ops: readonly Op[];
	readonly lease: Lease;
	/** The namespace its process runs in. */
	readonly netns: NetnsName;
	/** Whose /etc/hosts, /etc/resolv.conf and /etc/hostname it sees. */
	readonly filesOf: string;
	readonly hostname: string;
	readonly uts: 'own' | 'host';
	/** Set by the runtime in the container's namespace. */
	readonly sysctls: Readonly<Record<string, string>>;
	/** Units that must be up before, beside the host's engine. */
	readonly after: readonly string[];
	/** What a person should know: things that have no effect in this mode. */
	readonly notes: readonly string[];
}

export interface Driver<M extends Mode> {
	readonly mode: M;
	plan(site: Site, attach: AttachmentOf<M>): Wiring;
	/** What holds afterwards, in words. */
	expect(service: Service, attach: AttachmentOf<M>): readonly string[];
}

export const nothingHeld: Lease = {interfaces: [], publishes: [], published: [], linked: [], names: {}, hasResolver: false};
