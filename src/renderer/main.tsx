// Entry of the page: fonts, theme, the stream of frames, and the control room itself.
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '@mantine/core/styles.css';
import './theme.css';
import './global.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LiveDbError } from '../shared/errors.ts';
import { App } from './app.tsx';
import { api, controlRoom, pastRoom, reportFailure } from './store/index.ts';
import { followPast } from './store/past-loader.ts';
import { followStream } from './store/stream.ts';
import { cssVariables, theme } from './theme.ts';

const tell = (error: unknown): void =>
  reportFailure(controlRoom, 'Something went wrong on this page', LiveDbError.dataOf(error));
window.addEventListener('error', (event) => tell(event.error ?? event.message));
window.addEventListener('unhandledrejection', (event) => tell(event.reason));

followStream(api, controlRoom, Date.now, {
  hidden: () => document.hidden,
  onShown: (run) => {
    const listen = () => {
      if (!document.hidden) run();
    };
    document.addEventListener('visibilitychange', listen);
    return () => document.removeEventListener('visibilitychange', listen);
  },
});

followPast(api, pastRoom);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <App />
    </MantineProvider>
  </StrictMode>,
);
