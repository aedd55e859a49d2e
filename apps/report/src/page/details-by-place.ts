import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

interface ByPlace<Part> {
  /** null: modules outside the layers. */
  readonly byLayer: readonly (Part & { readonly layer: number | null })[];
  readonly byType: readonly (Part & { readonly type: string })[];
}

/** A table of the layers and one of the types of module, which open when they are asked for. */
export const detailsByPlace = <Part>(
  { byLayer, byType }: ByPlace<Part>,
  table: (caption: string, parts: readonly (readonly [name: string, part: Part])[]) => Markup,
): Markup =>
  html`<details>
    <summary>By layer and type of module</summary>
    ${table(
      "By layer",
      byLayer.map((part) => [part.layer === null ? "outside the layers" : `layer ${part.layer}`, part]),
    )}
    ${table(
      "By type of module",
      byType.map((part) => [part.type, part]),
    )}
  </details>`;
