const FORMATTERS = new Map<string, Intl.NumberFormat>();

function formatterOf(currency: string): Intl.NumberFormat {
  const known = FORMATTERS.get(currency);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat('en', { style: 'currency', currency });
  FORMATTERS.set(currency, made);
  return made;
}

/** How many digits stand behind the point in amounts of a currency: 2 for dollars, none for yen. */
export function decimalsOf(currency: string): number {
  try {
    return formatterOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2; // no such currency
  }
}

/** An amount in the currency's smallest unit as people read it, like `$1,234.50`; the currency is always part of it. */
export function formatMoney(minor: number, currency: string): string {
  const major = minor / 10 ** decimalsOf(currency);
  try {
    return formatterOf(currency).format(major).replace('-', '\u2212');
  } catch {
    return `${currency} ${major.toFixed(2)}`;
  }
}

/** The same as a plain number with a point, for files and form fields: `1234.50`. */
export const toMajor = (minor: number, currency: string): string => {
  const decimals = decimalsOf(currency);
  return (minor / 10 ** decimals).toFixed(decimals);
};

/** An amount that somebody typed, in the smallest unit; undefined when it is no amount or more exact than the currency. */
export function fromMajor(text: string, currency: string): number | undefined {
  const plain = text.trim().replace(/^[^\d.,-]{0,3}\s?/, '');
  const amount = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain) ? plain.replaceAll(',', '') : plain.replace(',', '.');
  if (!/^\d{1,9}(\.\d+)?$/.test(amount)) return undefined;
  const [whole = '0', fraction = ''] = amount.split('.');
  const decimals = decimalsOf(currency);
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > decimals) return undefined;
  return Number(whole) * 10 ** decimals + Number(digits.padEnd(decimals, '0') || 0);
}
