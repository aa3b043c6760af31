// Lets the page follow the theme of the settings. Mantine keeps the last one, so that the next start is right at once.
import { useMantineColorScheme } from '@mantine/core';
import { useEffect } from 'react';
import { useLiveSnapshot } from './store/index.ts';

export function useThemeSetting(): void {
  const theme = useLiveSnapshot((snapshot) => snapshot.settings.ui.theme);
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    setColorScheme(theme === 'system' ? 'auto' : theme);
  }, [theme, setColorScheme]);
}
