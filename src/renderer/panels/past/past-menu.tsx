// What can be done with the past beside the timeline: annotate, compare, export, open.
import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import {
  IconColumns2,
  IconFolderOpen,
  IconHistory,
  IconNotes,
  IconPencil,
  IconPhoto,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { View } from '../../charts/plot-option.ts';
import { openOverlay } from '../../store/index.ts';

interface Props {
  view: View;
  /** The past of another run is looked at. */
  foreign: boolean;
  onPicture: () => void;
}

export function PastMenu({ view, foreign, onPicture }: Props) {
  const [opened, setOpened] = useState(false);
  const stretch = { from: Math.round(view.from), to: Math.round(view.to) };
  return (
    <Menu position="top-end" withinPortal opened={opened} onChange={setOpened}>
      <Menu.Target>
        {/* Above the button is where the menu opens. */}
        <Tooltip label="The past: annotate, compare, export" disabled={opened}>
          <ActionIcon size={28} aria-label="The past: annotate, compare, export">
            <IconHistory size={15} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {!foreign && (
          <Menu.Item
            leftSection={<IconPencil size={15} />}
            onClick={() => openOverlay({ kind: 'annotate', at: stretch.to, until: null })}
          >
            Annotate…
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconNotes size={15} />} onClick={() => openOverlay({ kind: 'annotations' })}>
          Annotations…
        </Menu.Item>
        <Menu.Item
          leftSection={<IconColumns2 size={15} />}
          onClick={() => openOverlay({ kind: 'compare', a: stretch })}
        >
          Compare two stretches…
        </Menu.Item>
        <Menu.Item leftSection={<IconPhoto size={15} />} onClick={onPicture}>
          All charts as one PNG
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFolderOpen size={15} />}
          onClick={() => openOverlay(foreign ? { kind: 'bundles' } : { kind: 'bundles', stretch })}
        >
          Bundles: export or open…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
