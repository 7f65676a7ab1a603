/** What both pages share: finding elements, opening the stage, full screen. */

import { StageView } from "./stage/stage_view";

/** Gives the element of this id. Throws where the page has none. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`page: found no element ${id}, expected one`);
  return element as T;
}

/**
 * Gives the stage in the page's canvas. `?quality=0` (best) to 4 in the address keeps that
 * quality, else the page finds its own. Says so, and throws, where the browser has no WebGL 2.
 */
export function openStage(): StageView {
  const asked = new URLSearchParams(location.search).get("quality");
  const quality = asked !== null && /^[0-4]$/.test(asked) ? Number(asked) : null;
  try {
    return new StageView(document.querySelector("canvas") as HTMLCanvasElement, quality);
  } catch (error) {
    document.body.textContent = "This browser draws no WebGL 2, which the stage needs.";
    throw error;
  }
}

export async function toggleFullscreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}

/** A performer as tests read it: where its chest is on the page, in CSS pixels. */
export interface SeenPerformer {
  name: string;
  level: number;
  screen: [number, number];
}
