// The one bridge between the sandboxed page of the desktop edition and the control plane: plain data, four channels.
import { contextBridge, ipcRenderer } from 'electron';
import { type BridgeAnswer, IPC, type PreloadBridge } from '../shared/bridge.ts';
import type { Frame } from '../shared/snapshot.ts';

const listeners = new Set<(frame: Frame) => void>();

ipcRenderer.on(IPC.frame, (_event, frame: Frame) => {
  try {
    for (const listener of listeners) listener(frame);
  } finally {
    // Says that the page is ready for more, even when a listener failed.
    ipcRenderer.send(IPC.frameTaken);
  }
});

const bridge: PreloadBridge = {
  execute: (command, input) => ipcRenderer.invoke(IPC.execute, command, input) as Promise<BridgeAnswer>,
  onFrame(listener) {
    listeners.add(listener);
    if (listeners.size === 1) ipcRenderer.send(IPC.subscribe);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) ipcRenderer.send(IPC.unsubscribe);
    };
  },
  pickSeedFile: () => ipcRenderer.invoke(IPC.pickSeedFile) as Promise<string | null>,
  pickBundle: () => ipcRenderer.invoke(IPC.pickBundle) as Promise<string | null>,
};

contextBridge.exposeInMainWorld('livedb', bridge);
