// Mantine in the page's own clothes: its variables point at the tokens of theme.css, its sizes are made denser.
import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Mantine's own dark greys, replaced by those of theme.css (inputs and menus use them directly). */
const DARK = [
  '#e8ecf2',
  '#c5ccd6',
  '#a1abb9',
  '#7d8897',
  '#465263',
  '#29313d',
  '#1a2029',
  '#151a21',
  '#0e1116',
  '#0a0c10',
] as const;

export const theme = createTheme({
  colors: { dark: DARK },
  fontFamily: 'var(--font-sans)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '11.5px', sm: '12.5px', md: '13px', lg: '15px', xl: '18px' },
  headings: { fontFamily: 'var(--font-sans)', fontWeight: '600' },
  radius: { sm: 'var(--radius-small)', md: 'var(--radius)' },
  defaultRadius: 'sm',
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.5 },
        transitionProps: { duration: 0 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    Drawer: {
      defaultProps: { transitionProps: { duration: 0 }, closeButtonProps: { 'aria-label': 'Close' } },
    },
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        transitionProps: { duration: 0 },
        maw: 320,
        multiline: true,
        withArrow: false,
      },
    },
    SegmentedControl: { defaultProps: { size: 'xs', transitionDuration: 0 } },
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    ActionIcon: { defaultProps: { variant: 'default' } },
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--dim)',
  '--mantine-color-placeholder': 'var(--faint)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-default': 'var(--raise)',
  '--mantine-color-default-hover': 'color-mix(in srgb, var(--raise) 86%, var(--ink))',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent-fill)',
  '--mantine-primary-color-filled-hover': 'color-mix(in srgb, var(--accent-fill) 88%, #000)',
  '--mantine-color-blue-filled': 'var(--accent-fill)',
  '--mantine-color-blue-filled-hover': 'color-mix(in srgb, var(--accent-fill) 88%, #000)',
  '--mantine-color-red-filled': 'var(--bad-fill)',
  '--mantine-color-red-filled-hover': 'color-mix(in srgb, var(--bad-fill) 88%, #000)',
  '--mantine-color-disabled': 'var(--raise)',
  '--mantine-color-disabled-color': 'var(--faint)',
  '--mantine-color-disabled-border': 'var(--line)',
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, dark: shared, light: shared });
