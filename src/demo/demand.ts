const DAY = 24 * 60 * 60 * 1000;
const HOUR = DAY / 24;
const DAYS = 90;

/** Which share of all people wants each integration. */
const WANTED = { jira: 0.78, slack: 0.62, copilot: 0.5, google_workspace: 0.3 } as const;

interface Person {
  readonly userId: number;
  readonly organizationId: number;
  readonly slug: string;
  /** Nobody clicks before they have an account. */
  readonly since: Date;
}

/** Somebody's click on "I'm Interested". */
export interface Click {
  readonly person: Person;
  readonly integration: string;
  readonly at: Date;
}

/** A moment within the last ninety days: few at weekends, most of them in the working day. */
function momentOfClick(since: Date, now: Date, random: () => number): Date {
  for (;;) {
    const day = Math.floor((now.getTime() - DAYS * DAY * random()) / DAY) * DAY;
    const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
    if (isWeekend && random() < 0.85) continue;
    const at = new Date(Math.round(day + (8 + 5 * (random() + random())) * HOUR));
    if (at > since && at < now) return at;
  }
}

/** Who wanted what and when, in the order in which it happened. */
export function clicksOf(people: readonly Person[], now: Date, random: () => number): Click[] {
  const clicks = people.flatMap((person) =>
    Object.entries(WANTED)
      .filter(([, share]) => random() < share)
      .map(([integration]) => ({ person, integration, at: momentOfClick(person.since, now, random) })),
  );
  return clicks.sort((a, b) => a.at.getTime() - b.at.getTime());
}
