/* Colours of the theme in force, from the tokens in assets/tokens.css. */
export const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const isDark = () => document.documentElement.dataset.mantineColorScheme === 'dark';

/* Marks of titles, the gravest first. */
export const MARKS = ['overlaps', 'within_mapping_error', 'not_fully_screened', 'checked_none'];
