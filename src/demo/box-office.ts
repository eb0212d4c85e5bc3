/** What the two producers that one can sign in to put on, in their own words; the others draw from what fits their kind. */
export const OWN_SHOWS: Readonly<Record<string, readonly (readonly [title: string, text: string])[]>> = {
  'arizona-comedy': [
    [
      'Desert Stand-Up Night',
      'Six comics, ten minutes each, and a host who has seen it all. Doors open an hour before.',
    ],
    ['Improv Showdown', 'Two teams, one stage, your suggestions. The loser buys the winner a taco.'],
    [
      'Maya Ortiz: Dry Heat',
      'An hour of new material from the writer of “Half My Family Is a Cactus”. Ages 16 and up.',
    ],
    ['Open Mic Monday', 'Five dollars, one drink included. Sign up at the door from six. First come, first on.'],
    ['Late Night Roast', 'One guest, five roasters. Strong language, stronger coffee.'],
    ['Clean Comedy Brunch', 'Pancakes and jokes for everybody from eight to eighty.'],
    ['The Understudies', 'A play nobody has rehearsed. Every evening another cast.'],
    ['Sketch Lab', 'Twelve new sketches, half of which will never be seen again.'],
    ['Comedy for a Cause', 'All proceeds go to the Phoenix food bank.'],
  ],
  'phoenix-jazz': [
    ['Blue Hour Quartet', 'Standards from the forties and fifties, and a ballad or two of our own.'],
    ['Big Band Sunday', 'Seventeen musicians and a dance floor.'],
    ['Vinyl & Voices', 'A singer answers a record, song by song.'],
    ['Late Set: Trio Yazzie', 'Piano, bass and drums after eleven.'],
  ],
};

/** What evenings of each kind are called; the kind is the end of a producer's name. */
export const SHOWS_BY_KIND: readonly (readonly [kind: string, titles: readonly string[]])[] = [
  ['Improv', ['Yes, And', 'The Harold', 'Made Up on the Spot']],
  ['Blues', ['Twelve Bars', 'Delta Nights', 'Slide Guitar Summit']],
  ['Opera', ['La Bohème', 'The Magic Flute', 'An Evening of Arias']],
  ['Ballet', ['Giselle', 'The Nutcracker', 'New Steps']],
  ['Slam', ['Three Minutes, No Props', 'The City Final', 'First Words']],
  ['Film Nights', ['Silents with Piano', 'Shorts from Everywhere', 'Director’s Choice']],
  ['Puppet Theatre', ['The Brave Tin Soldier', 'Fox and Crow', 'Shadows']],
  ['Folk', ['Songs from the Porch', 'Fiddle Convention', 'Harvest Evening']],
  ['Chamber Players', ['Schubert Quintet', 'Bach by Candlelight', 'Four Seasons']],
  ['Magic', ['Close-Up', 'Nothing Up My Sleeve', 'The Vanishing Hour']],
  ['Circus', ['Under One Roof', 'High Wire', 'Small Top']],
  ['Burlesque', ['Feathers', 'Velvet Nights', 'The Revue']],
  ['Storytelling', ['True, Mostly', 'Tall Tales', 'By the Fire']],
  ['Stand-Up', ['New Faces', 'The Late Show', 'Work in Progress']],
  ['Musicals', ['Cabaret', 'Into the Woods', 'Showstoppers']],
  ['Dance', ['Moving Parts', 'Tap Jam', 'Bodies of Work']],
];

export const VENUES: readonly (readonly [venue: string, places: number])[] = [
  ['The Foundry', 180],
  ['Orpheum Studio', 320],
  ['Copper Room', 90],
  ['Union Hall', 450],
  ['The Basement', 60],
  ['Palo Verde Stage', 240],
];

export const CITIES = ['Phoenix', 'Tempe', 'Tucson', 'Mesa', 'Scottsdale'] as const;

const FIRST =
  'Ada Noor Mateo Ingrid Kwame Leila Yuki Hana Bram Chiara Dmitri Esther Farid Greta Hugo Isla Jonas Kavya Lars Nadia Otto Paloma Rosa Stefan Tariq Ursula Viktor Diego Lupita Grace Owen Priya Sam Tess Walt Zoe';
const LAST =
  'Abara Bergstrom Caruso Dorji Eriksen Fontaine Gupta Haddad Jansen Kimura Lopez Mbeki Novak Osei Petrov Quispe Rossi Sato Tanaka Vargas Weber Yilmaz Zhang Ashworth Brennan Begay Castillo Reyes Nguyen Walker';
export const FIRST_NAMES = FIRST.split(' ');
export const LAST_NAMES = LAST.split(' ');
