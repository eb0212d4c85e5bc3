/** The producers that can be signed in to, with those who can. */
export const NAMED_PRODUCERS = [
  {
    name: 'Arizona Comedy',
    slug: 'arizona-comedy',
    signIn: 'producer@example.com',
    role: 'owner',
    features: { knowledge_base_enabled: true },
  },
  { name: 'Phoenix Jazz', slug: 'phoenix-jazz', signIn: 'producer2@example.com', role: 'owner', features: {} },
] as const;

/** How many producers there are in all. */
export const PRODUCERS = 300;

const PLACES =
  'Tucson Mesa Sedona Flagstaff Yuma Prescott Tempe Bisbee Scottsdale Chandler Albuquerque Denver Boulder Austin Dallas Houston Portland Seattle Oakland Fresno Boise Omaha Tulsa Memphis Nashville Savannah Chicago Detroit Buffalo Boston';
const KINDS =
  'Improv,Blues,Opera,Ballet,Poetry Slam,Film Nights,Puppet Theatre,Folk,Chamber Players,Magic,Circus,Burlesque,Storytelling,Stand-Up,Musicals,Dance';

/** Names of producers that differ, in no order that one would notice. */
export function producerNames(count: number, random: () => number): string[] {
  const [places, kinds] = [PLACES.split(' '), KINDS.split(',')];
  const names = new Set<string>();
  while (names.size < count) {
    names.add(`${places[Math.floor(random() * places.length)]} ${kinds[Math.floor(random() * kinds.length)]}`);
  }
  return [...names];
}
