import type { Request } from 'express';
import type { AskOptions, Flags } from './flags';

/** A request of the application, or the services themselves where there is none. */
type Asker = Request | { readonly flags: Flags };

const flagsOf = (asker: Asker): Flags => ('flags' in asker ? asker.flags : (asker.app.get('flags') as Flags));

/** Whether a flag is on for the person, or the visitor, behind a request. From memory; never throws. */
export const flagIsActive = (req: Request, name: string, options?: AskOptions): boolean =>
  flagsOf(req).flagIsActive(req, name, options);

/** Whether a switch is on. From memory; never throws. */
export const switchIsActive = (asker: Asker, name: string): boolean => flagsOf(asker).switchIsActive(name);

/** Whether this call is among a sample's share; drawn anew each time. From memory; never throws. */
export const sampleIsActive = (asker: Asker, name: string): boolean => flagsOf(asker).sampleIsActive(name);
