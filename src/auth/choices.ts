/** What a person may choose in the profile, as a select lists it. */
export interface Choice {
  value: string;
  text: string;
}

const LANGUAGES = [
  ...[
    'ar',
    'bg',
    'ca',
    'cs',
    'da',
    'de',
    'el',
    'en',
    'en-GB',
    'es',
    'et',
    'eu',
    'fa',
    'fi',
    'fr',
    'ga',
    'gl',
    'he',
    'hi',
  ],
  ...[
    'hr',
    'hu',
    'id',
    'is',
    'it',
    'ja',
    'ko',
    'lt',
    'lv',
    'mt',
    'nb',
    'nl',
    'nn',
    'pl',
    'pt',
    'pt-BR',
    'ro',
    'ru',
    'sk',
  ],
  ...['sl', 'sr', 'sv', 'th', 'tr', 'uk', 'vi', 'zh', 'zh-TW'],
];

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** Languages by their English names. */
export const languageChoices: readonly Choice[] = LANGUAGES.map((value) => ({
  value,
  text: languageNames.of(value) ?? value,
})).sort((a, b) => a.text.localeCompare(b.text, 'en'));

// Node lists some places under names that they no longer have; it knows the present ones just as well.
const RENAMED: Record<string, string> = {
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
};

const zones = [
  'UTC',
  ...Intl.supportedValuesOf('timeZone')
    .filter((zone) => zone !== 'UTC')
    .map((zone) => RENAMED[zone] ?? zone)
    .sort(),
];

/** Time zones by continent, as groups of a select. */
export const timeZoneChoices: readonly { text: string; options: Choice[] }[] = groupZones();

function groupZones(): { text: string; options: Choice[] }[] {
  const groups = new Map<string, Choice[]>();
  for (const value of zones) {
    const [continent = '', ...place] = value.split('/');
    const group = place.length === 0 ? 'Universal' : continent;
    const text = place.length === 0 ? value : place.join(' – ').replaceAll('_', ' ');
    groups.set(group, [...(groups.get(group) ?? []), { value, text }]);
  }
  return [...groups].map(([text, options]) => ({ text, options }));
}

export const isLanguage = (value: string): boolean => LANGUAGES.includes(value);

/** Whether the zone is known; names that were renamed since they were chosen still are. */
export function isTimeZone(value: string): boolean {
  if (zones.includes(value)) return true;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions();
    return timeZone !== '' && /^[A-Za-z]+\/[\w+/-]+$/.test(value);
  } catch {
    return false;
  }
}
