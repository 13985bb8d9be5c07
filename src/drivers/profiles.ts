// The engine versions by the name that files give them.
import type {DockerEngine} from '../model/lab.ts';
import {engine2010} from './engine-20.10.ts';
import {engine28} from './engine-28.ts';
import type {Profile} from './profile.ts';

export const profiles: Readonly<Record<DockerEngine['engine'], Profile>> = {'28': engine28, '20.10': engine2010};
