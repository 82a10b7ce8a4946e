/** Colours of the drawn map, dark and light. The page's own colours are in style.css. */

export interface AppColours {
  /** Icon and focused title bar. */
  readonly strong: number;
  readonly bar: number;
  readonly body: number;
  readonly border: number;
}

export interface Theme {
  readonly dark: boolean;
  readonly background: number;
  readonly gridLine: number;
  readonly axis: number;
  readonly shadowAlpha: number;
  readonly title: number;
  readonly quiet: number;
  readonly onStrong: number;
  readonly outside: number;
  readonly caption: number;
  readonly urgent: number;
  readonly cameras: readonly number[];
}

export const lightTheme: Theme = {
  dark: false,
  background: 0xf3f4f6,
  gridLine: 0xb6bcc6,
  axis: 0x8b93a1,
  shadowAlpha: 0.22,
  title: 0x1d2330,
  quiet: 0x5d6675,
  onStrong: 0xffffff,
  outside: 0xdfe2e7,
  caption: 0x2a3140,
  urgent: 0xd9480f,
  cameras: [0x2563eb, 0xb4540a, 0x0f766e, 0x9333ea],
};

export const darkTheme: Theme = {
  dark: true,
  background: 0x14171c,
  gridLine: 0x39404b,
  axis: 0x5a6372,
  shadowAlpha: 0.55,
  title: 0xe8ebf0,
  quiet: 0x9aa4b2,
  onStrong: 0xffffff,
  outside: 0x0b0d10,
  caption: 0xd5dae2,
  urgent: 0xff8a4c,
  cameras: [0x6ea8fe, 0xf2a65a, 0x4fd1c5, 0xc39bff],
};

/** Chosen so that common applications get different hues. */
const SEED = 5045;

/** One number for a name, the same in every session. */
function hash(text: string): number {
  let value = SEED;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  // Similar names must not end up close together.
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function hsl(hue: number, saturation: number, lightness: number): number {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const place = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  };
  return (channel(0) << 16) | (channel(8) << 8) | channel(4);
}

/** Hues that keep their distance from each other; a hash picks one, and a shade within it. */
const hues = [212, 24, 164, 280, 340, 0, 44, 128, 250, 310, 190, 85];

export function appColours(appId: string, dark: boolean): AppColours {
  const number = hash(appId);
  const hue = (hues[number % hues.length] ?? 0) + ((number >>> 8) % 9) - 4 + 360;
  return dark
    ? { strong: hsl(hue, 0.46, 0.44), bar: hsl(hue, 0.2, 0.24), body: hsl(hue, 0.06, 0.14), border: hsl(hue, 0.18, 0.34) }
    : { strong: hsl(hue, 0.52, 0.42), bar: hsl(hue, 0.42, 0.9), body: hsl(hue, 0.5, 0.985), border: hsl(hue, 0.24, 0.7) };
}

export function cssColour(colour: number): string {
  return `#${colour.toString(16).padStart(6, "0")}`;
}
