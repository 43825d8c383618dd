/* Colours of the theme in force, from the tokens in assets/tokens.css. */
export const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const isDark = () => document.documentElement.dataset.mantineColorScheme === 'dark';

/* Tiers of titles, the worst first; the fourth stands for one that is not known. */
export const TIERS = ['critical', 'high', 'moderate', 'not_fully_screened', 'info', 'clear'];
export const UNKNOWN = TIERS[3];
