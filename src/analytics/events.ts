/**
 * Every event that the product records, with its own properties. `docs/reference/events.md` describes them for the people
 * who read the numbers; a test keeps the two in step.
 */
export interface Events {
  /** A person asked for an integration that is not available yet; at most once per person and integration. */
  integration_interest_clicked: { integration: string };
}

export type EventName = keyof Events;

/** Who did it, what it was, and in which organization, if any. */
export interface TrackedEvent<Name extends EventName = EventName> {
  readonly user: { readonly id: number };
  readonly event: Name;
  readonly properties: Events[Name];
  /** Adds `team_slug`; an event without an organization is recorded without it. */
  readonly organization?: { readonly slug: string } | null | undefined;
}
